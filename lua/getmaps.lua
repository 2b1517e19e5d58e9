-- lua.getvhostmap, lua.getappmap: the map files beside the configuration file; empty where there is none.

local directory = ""

-- HAProxy sets HAPROXY_CFGFILES when it has read its files, which is after the scripts were loaded.
core.register_init(function()
  local first_config = (os.getenv("HAPROXY_CFGFILES") or ""):match("^[^;]+") or ""
  directory = first_config:match("^.*/") or ""
end)

local no_such_file = 2 -- ENOENT
local not_allowed = 13 -- EACCES
local control_socket = os.getenv("MARATHON_LB_CONTROL_SOCKET")

-- Where `user` in the configuration has made this process one that may not read the file, marathon-lb is asked.
local function ask(name)
  if not control_socket then
    return nil
  end
  local response = core.httpclient():get({
    url = "http://marathon-lb/files/" .. name,
    dst = "unix@" .. control_socket,
    timeout = 1000,
  })
  if response.status == 200 or response.status == 404 then
    return response.body or ""
  end
  return nil
end

local function register_map(service, name)
  core.register_service(service, "http", function(applet)
    local status, body = 200, ""
    local file, reason, code = io.open(directory .. name, "rb")
    if file then
      body = file:read("a")
      file:close()
    elseif code ~= no_such_file then
      body = code == not_allowed and ask(name)
      if not body then
        status, body = 500, "Cannot read the map: " .. reason
      end
    end
    applet:set_status(status)
    applet:add_header("content-length", #body)
    applet:add_header("content-type", "text/plain")
    applet:start_response()
    if applet.method ~= "HEAD" then
      applet:send(body)
    end
  end)
end

register_map("getvhostmap", "domain2backend.map")
register_map("getappmap", "app2backend.map")
