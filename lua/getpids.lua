-- lua.getpids: the process ids of this HAProxy, separated by spaces: the master, the worker, and old workers that
-- still drain after a reload. Deployment tools wait until the old ones are gone.

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("a")
  file:close()
  return text
end

-- The command name may hold spaces and parentheses, so the fields are counted from the last ")" (proc(5)).
local function parent_of_self()
  local stat = read_file("/proc/self/stat") or ""
  return stat:match("^%d+"), stat:match(".*%) %a (%d+)")
end

local function haproxy_pids()
  local self, parent = parent_of_self()
  if not self then
    return nil
  end
  -- Without a master the parent is whoever started HAProxy, and its children are none of ours.
  if not os.getenv("HAPROXY_MWORKER") then
    return { self }
  end
  -- Children that `program` sections started have another name than the workers.
  local name = read_file("/proc/self/comm")
  local children = read_file("/proc/" .. parent .. "/task/" .. parent .. "/children") or self
  local pids = { parent }
  for pid in children:gmatch("%d+") do
    if read_file("/proc/" .. pid .. "/comm") == name then
      pids[#pids + 1] = pid
    end
  end
  return pids
end

core.register_service("getpids", "http", function(applet)
  local pids = haproxy_pids()
  local status = pids and 200 or 500
  local body = pids and table.concat(pids, " ") or "Cannot read /proc/self/stat: is /proc mounted, and no chroot set?"
  applet:set_status(status)
  applet:add_header("content-length", #body)
  applet:add_header("content-type", "text/plain")
  applet:start_response()
  if applet.method ~= "HEAD" then
    applet:send(body)
  end
end)
