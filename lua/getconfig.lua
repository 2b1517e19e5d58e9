-- lua.getconfig: the configuration that this HAProxy runs, whatever is on disk by now: the one it was started with, until
-- marathon-lb has changed it by commands and says in a file of its own what it has become.

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
  local body = config or problem
  local file = running and io.open(running, "rb")
  if file then
    body = file:read("a")
    file:close()
  end
  applet:set_status(config and 200 or 500)
  applet:add_header("content-length", #body)
  applet:add_header("content-type", "text/plain")
  applet:start_response()
  if applet.method ~= "HEAD" then
    applet:send(body)
  end
end)
