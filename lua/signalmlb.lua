-- lua.signalmlbhup, lua.signalmlbusr1: pass a signal on to marathon-lb by its control socket, because HAProxy's worker
-- may run as a user that is not allowed to signal it.

local control_socket = os.getenv("MARATHON_LB_CONTROL_SOCKET")
local timeout_seconds = 3

-- Returns nothing when marathon-lb took the signal, else the reason why not.
local function deliver(signal)
  if not control_socket then
    return "MARATHON_LB_CONTROL_SOCKET is not in HAProxy's environment: did marathon-lb start this HAProxy?"
  end
  local socket = core.tcp()
  socket:settimeout(timeout_seconds)
  local connected, problem = socket:connect("unix@" .. control_socket)
  if not connected then
    return "nothing answers on " .. control_socket .. " (" .. tostring(problem) .. "): is marathon-lb running?"
  end
  socket:send("POST /signal/" .. signal .. " HTTP/1.0\r\nHost: marathon-lb\r\nContent-Length: 0\r\n\r\n")
  local answer, receive_problem, partial = socket:receive("*a")
  socket:close()
  answer = answer or partial or ""
  local status = answer:match("^HTTP/%d%.%d (%d%d%d)")
  if status == "200" then
    return nil
  elseif status then
    return "marathon-lb answered " .. status .. ": " .. (answer:match("\r\n\r\n(.*)") or "")
  end
  return "no answer on " .. control_socket .. " within " .. timeout_seconds .. " s (" .. tostring(receive_problem) .. ")"
end

-- Host and port of a URL, without the port where that is the scheme's own; nil for "null" and what is no URL.
local function authority(url)
  local scheme, rest = url:lower():match("^(https?)://([^/?#]*)")
  return scheme and (rest:gsub(scheme == "https" and ":443$" or ":80$", "")), scheme
end

-- Returns why a page of another site has a browser ask, else nothing. Programs such as curl and zdd.py send none of these
-- headers. It is here, and no rule of the frontend, because HEAD templates of operators' own have none.
local function foreign(headers)
  local host = headers["host"] and headers["host"][0] or ""
  for _, name in ipairs({ "origin", "referer" }) do
    for _, value in pairs(headers[name] or {}) do
      local theirs, scheme = authority(value)
      if not theirs or theirs ~= authority(scheme .. "://" .. host) then
        return "the request comes from a page of another site (" .. name .. ")"
      end
    end
  end
  for _, site in pairs(headers["sec-fetch-site"] or {}) do
    if site ~= "same-origin" and site ~= "none" then
      return "the request comes from a page of another site (sec-fetch-site)"
    end
  end
end

local function register_signal(service, signal, name)
  core.register_service(service, "http", function(applet)
    -- An error here would end the request without an answer.
    local looked, refusal = pcall(foreign, applet.headers)
    local status, body = 200, "Sent " .. name .. " signal to marathon-lb"
    if not looked or refusal then
      status, body = 403, "Did not send " .. name .. " signal to marathon-lb: " .. tostring(refusal)
    else
      local ran, problem = pcall(deliver, signal)
      if not ran or problem then
        status, body = 500, "Failed to send " .. name .. " signal to marathon-lb: " .. tostring(problem)
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

register_signal("signalmlbhup", "hup", "SIGHUP")
register_signal("signalmlbusr1", "usr1", "SIGUSR1")
