-- lua.mlbmetrics, lua.mlbhealth, lua.mlbstatus: what marathon-lb tells about itself, asked by its control socket. When
-- it does not answer the status is 503: HAProxy serves on, but nobody keeps it in step with Marathon any more.

local control_socket = os.getenv("MARATHON_LB_CONTROL_SOCKET")
local timeout_seconds = 2
-- HAProxy's HTTP client tries three times more when nothing comes (httpclient.retries).
local attempts = 4

local function header(response, name)
  local values = response.headers and response.headers[name]
  return values and values[0] or ""
end

-- Returns marathon-lb's answer (status, type, body), or nil and the reason why there is none. By HAProxy's HTTP client,
-- because core.tcp() stands still for seconds whenever an answer fills its buffer (seen with 2.6.12).
local function ask(path)
  if not control_socket then
    return nil, "MARATHON_LB_CONTROL_SOCKET is not in HAProxy's environment: did marathon-lb start this HAProxy?"
  end
  local response = core.httpclient():get({
    url = "http://marathon-lb" .. path,
    dst = "unix@" .. control_socket,
    timeout = timeout_seconds * 1000 // attempts,
  })
  local kind, body = header(response, "content-type"), response.body or ""
  -- What HAProxy itself says when it cannot connect, or waits in vain, is HTML.
  if response.status == 503 and kind:match("^text/html") then
    return nil, "nobody listens on " .. control_socket .. ": is marathon-lb running?"
  end
  if response.status == 0 or kind:match("^text/html") or #body ~= tonumber(header(response, "content-length")) then
    return nil, "no whole answer on " .. control_socket .. " within " .. timeout_seconds .. " s"
  end
  return { status = response.status, type = kind, body = body }
end

local function register_report(service, path)
  core.register_service(service, "http", function(applet)
    -- An error here would end the request without an answer.
    local ran, answer, problem = pcall(ask, path)
    if not ran or not answer then
      local reason = tostring(ran and problem or answer)
      answer = { status = 503, type = "text/plain", body = "the controller does not answer: " .. reason .. "\n" }
    end
    applet:set_status(answer.status)
    applet:add_header("content-length", #answer.body)
    applet:add_header("content-type", answer.type)
    applet:add_header("cache-control", "no-store")
    applet:start_response()
    if applet.method ~= "HEAD" then
      applet:send(answer.body)
    end
  end)
end

register_report("mlbmetrics", "/metrics")
register_report("mlbhealth", "/health")
register_report("mlbstatus", "/status")
