-- lua.getconfig: the configuration that this HAProxy runs, whatever is on disk by now: the one it was started with, until
-- marathon-lb has changed it by commands and says in a file of its own what it has become.

local control_socket = os.getenv("MARATHON_LB_CONTROL_SOCKET")
local not_allowed = 13 -- EACCES

-- The text of a file. Where `user` in the configuration has made this process one that may not read it, marathon-lb is asked.
local function read(path)
  local file, _, code = io.open(path, "rb")
  if file then
    local text = file:read("a")
    file:close()
    return text
  elseif code ~= not_allowed or not control_socket then
    return nil
  end
  local response = core.httpclient():get({
    url = "http://marathon-lb/files/" .. path:match("[^/]*$"),
    dst = "unix@" .. control_socket,
    timeout = 1000,
  })
  return response.status == 200 and (response.body or "") or nil
end

local config
local running
local problem = "The configuration was not read at start."

-- Runs once for each load, before privileges and the root directory are given up; HAPROXY_CFGFILES is set by HAProxy.
core.register_init(function()
  local texts = {}
  for path in (os.getenv("HAPROXY_CFGFILES") or ""):gmatch("[^;]+") do
    local file, reason = io.open(path, "rb")
    if not file then
      problem = "Cannot read the configuration: " .. reason
      return
    end
    running = path .. ".running"
    texts[#texts + 1] = file:read("a")
    file:close()
  end
  config = table.concat(texts)
end)

core.register_service("getconfig", "http", function(applet)
  local body = running and read(running) or config or problem
  applet:set_status(config and 200 or 500)
  applet:add_header("content-length", #body)
  applet:add_header("content-type", "text/plain")
  applet:start_response()
  if applet.method ~= "HEAD" then
    applet:send(body)
  end
end)
