-- lua.statscsv, a filter: gives the columns of the statistics (CSV) names that can be ones. Readers that make fields of
-- the columns' names, as the deployment tool zdd.py does, fail at any other.

local names_for = {
  ["-"] = "modules", -- where HAProxy's own columns end and those of its modules begin
  ["(null)"] = "proto", -- HAProxy 2.8.0 has no name for it
}

local function with_names(names)
  local position = 0
  return (names:gsub("[^,]+", function(name)
    position = position + 1
    return names_for[name] or (not name:find("^%a[%w_]*$") and "column" .. position) or name
  end))
end

local StatsCsv = { id = "statscsv", flags = filter.FLT_CFG_FL_HTX }
StatsCsv.__index = StatsCsv

-- One for each request.
function StatsCsv:new()
  return setmetatable({ is_asked = false }, StatsCsv)
end

function StatsCsv:http_headers(_, message)
  local line = message:get_stline()
  if line.uri then
    self.is_asked = line.uri:find(";csv", 1, true) ~= nil
  elseif self.is_asked and tonumber(line.code) == 200 then
    filter.register_data_filter(self, message.channel)
  end
end

function StatsCsv:http_payload(_, message)
  local text = message:body()
  if not text or #text == 0 then
    return
  end
  -- HAProxy writes the line of names in one piece, at the start of the first one.
  local mark, names = text:match("^(# )([^\n]*)\n")
  if names then
    message:set(with_names(names), #mark, #names)
  end
  filter.unregister_data_filter(self, message.channel)
end

core.register_filter("statscsv", StatsCsv, function(self)
  return self
end)
