-- lua.mlbpage: the page and its API below /_mlb/, asked by marathon-lb's control socket. Where it does not answer the
-- status is 503.
--
-- It shares nothing with mlbstatus.lua. Version 1.0 replaces that file by its own when an operator goes back to it, and
-- HAProxy has to accept the last good configuration with it.

local control_socket = os.getenv("MARATHON_LB_CONTROL_SOCKET")

-- Milliseconds for one attempt: an answer may need statistics of all backends.
local page_timeout = 4000

local function header(response, name)
  local values = response.headers and response.headers[name]
  return values and values[0] or ""
end

-- Returns marathon-lb's answer (status, type, body), or nil and the reason why there is none, as in mlbstatus.lua.
local function ask(path)
  if not control_socket then
    return nil, "MARATHON_LB_CONTROL_SOCKET is not in HAProxy's environment: did marathon-lb start this HAProxy?"
  end
  local response = core.httpclient():get({
    url = "http://marathon-lb" .. path,
    dst = "unix@" .. control_socket,
    timeout = page_timeout,
  })
  local kind, body = header(response, "content-type"), response.body or ""
  -- What HAProxy itself says when it cannot connect, or waits in vain, is HTML without a charset.
  if response.status == 503 and kind:match("^text/html$") then
    return nil, "nobody listens on " .. control_socket .. ": is marathon-lb running?"
  end
  if response.status == 0 or kind:match("^text/html$") or #body ~= tonumber(header(response, "content-length")) then
    return nil, "no whole answer on " .. control_socket .. " within some seconds"
  end
  return { status = response.status, type = kind, body = body, response = response }
end

local function unavailable(reason)
  return { status = 503, type = "text/plain", body = "the controller does not answer: " .. reason .. "\n" }
end

-- What marathon-lb says beside the type. Nothing else of its answer is passed on.
local passed = { "cache-control", "content-security-policy", "cross-origin-resource-policy", "referrer-policy",
  "x-content-type-options", "x-frame-options" }

-- The path and the query of a request, if they are made of what a URL may hold (RFC 3986).
local function target(applet)
  local query = applet.qs
  local text = applet.path .. ((query and query ~= "") and "?" .. query or "")
  return text:match("^/_mlb/[%w%-%._~:/?#%[%]@!$&'()*+,;=%%]*$")
end

local function page(applet)
  if applet.method ~= "GET" and applet.method ~= "HEAD" then
    return { status = 405, type = "text/plain", body = "Only GET is answered here.\n" }
  end
  local path = target(applet)
  if not path then
    return { status = 400, type = "text/plain", body = "The query has a character that must be percent-encoded.\n" }
  end
  local answer, problem = ask(path)
  return answer or unavailable(problem)
end

core.register_service("mlbpage", "http", function(applet)
  local ran, answer = pcall(page, applet)
  if not ran then
    answer = unavailable(tostring(answer))
  end
  applet:set_status(answer.status)
  applet:add_header("content-length", #answer.body)
  applet:add_header("content-type", answer.type)
  if answer.response then
    for _, name in ipairs(passed) do
      local value = header(answer.response, name)
      if value ~= "" then
        applet:add_header(name, value)
      end
    end
  else
    applet:add_header("cache-control", "no-store")
  end
  applet:start_response()
  if applet.method ~= "HEAD" then
    applet:send(answer.body)
  end
end)
