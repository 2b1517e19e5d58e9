import assert from "node:assert/strict";
import { findStaticOption } from "../../../lib/core/plan/servers.ts";
import type { RenderContext } from "../../../lib/core/render/context.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { section } from "./support/section.ts";

const server = "server 10_0_0_1_31000 10.0.0.1:31000 id 28035";
const http = [
  "option forwardfor",
  "http-request set-header X-Forwarded-Port %[dst_port]",
  "http-request add-header X-Forwarded-Proto https if { ssl_fc }",
];

function backend(
  labels: Record<string, string>,
  members: Record<string, unknown> = {},
  render: Partial<RenderContext> = {},
): string[] {
  const prefixed = Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value]),
  );
  const { text, problems } = generate({ apps: [marathonApp({ labels: prefixed, ...members })] }, {}, render);
  assert.deepEqual(problems, []);
  return section(text, "backend web_10001");
}

const VHOST = "a.com,b.org";
const table: [what: string, labels: Record<string, string>, expected: string[]][] = [
  ["tcp", {}, ["balance roundrobin", "mode tcp", server]],
  ["http", { MODE: "http" }, ["balance roundrobin", "mode http", ...http, server]],
  ["another balance", { BALANCE: "leastconn" }, ["balance leastconn", "mode tcp", server]],
  ["sticky, with a check to make the cookie useful", { STICKY: "true" }, [
    "balance roundrobin",
    "mode tcp",
    "cookie mesosphere_server_id insert indirect nocache",
    `${server} check cookie 13d473d85a`,
  ]],
  ["HSTS", { MODE: "http", USE_HSTS: "yes" }, [
    "balance roundrobin",
    "mode http",
    "http-response set-header Strict-Transport-Security max-age=15768000",
    ...http,
    server,
  ]],
  ["paths with a meaning to HAProxy are what they say", {
    MODE: "http",
    HTTP_BACKEND_PROXYPASS_PATH: "/a%20(b)*+.c",
    HTTP_BACKEND_REVPROXY_PATH: "/r%20s",
    HTTP_BACKEND_REDIR: "https://b.example/%41?c=%42",
  }, [
    "balance roundrobin",
    "mode http",
    ...http,
    'http-request replace-path "(?i)^/a%20[(]b[)][*][+].c/?(.*)" "/\\1"',
    "acl hdr_location res.hdr(Location) -m found",
    'http-response replace-header Location "(?i)^((?=/(.*)))?(/.*)" "/r%%20s\\3" if hdr_location',
    "acl is_root path -i /",
    "http-request redirect code 301 location https://b.example/%%41?c=%%42 if is_root",
    server,
  ]],
  ["HSTS is not for tcp", { USE_HSTS: "yes" }, ["balance roundrobin", "mode tcp", server]],
  ["networks of a tcp service", { BACKEND_NETWORK_ALLOWED_ACL: "127.0.0.1/8 10.1.55.43" }, [
    "balance roundrobin",
    "mode tcp",
    "acl network_allowed src 127.0.0.1/8",
    "acl network_allowed src 10.1.55.43",
    "tcp-request content accept if network_allowed",
    "tcp-request content reject",
    server,
  ]],
  ["networks of an http service", { MODE: "http", BACKEND_NETWORK_ALLOWED_ACL: "::1" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    "acl network_allowed src ::1",
    "http-request allow if network_allowed",
    "http-request deny",
    server,
  ]],
  ["proxypass", { VHOST, HTTP_BACKEND_PROXYPASS_PATH: "/path" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    "http-request set-header Host a.com",
    'http-request replace-path "(?i)^/path/?(.*)" "/\\1"',
    server,
  ]],
  ["proxypass without a vhost", { MODE: "http", HTTP_BACKEND_PROXYPASS_PATH: "/path" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    'http-request replace-path "(?i)^/path/?(.*)" "/\\1"',
    server,
  ]],
  ["redir", { VHOST, HTTP_BACKEND_REDIR: "/home" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    "acl is_root path -i /",
    "acl is_domain req.hdr(host),host_only -i a.com b.org",
    "http-request redirect code 301 location /home if is_domain is_root",
    server,
  ]],
  ["redir without a vhost", { MODE: "http", HTTP_BACKEND_REDIR: "/home" }, [
    "balance roundrobin",
    "mode http",
    ...http,
    "acl is_root path -i /",
    "http-request redirect code 301 location /home if is_root",
    server,
  ]],
  ["a rate limit of an http service, before its login and its networks", {
    MODE: "http",
    RATE_LIMIT: "100/10s",
    BACKEND_NETWORK_ALLOWED_ACL: "::1",
  }, [
    "balance roundrobin",
    "mode http",
    "stick-table type ipv6 size 100k expire 10s store http_req_rate(10s)",
    "http-request track-sc2 src",
    "http-request deny deny_status 429 hdr Retry-After 10 if { sc2_http_req_rate gt 100 }",
    ...http,
    "acl network_allowed src ::1",
    "http-request allow if network_allowed",
    "http-request deny",
    server,
  ]],
  ["a rate limit of a tcp service", { RATE_LIMIT: "5/m" }, [
    "balance roundrobin",
    "mode tcp",
    "stick-table type ipv6 size 100k expire 1m store conn_rate(1m)",
    "tcp-request content track-sc2 src",
    "tcp-request content reject if { sc2_conn_rate gt 5 }",
    server,
  ]],
  ["a maxconn of each server", { MAXCONN: "7" }, [
    "balance roundrobin",
    "mode tcp",
    `${server} maxconn 7`,
  ]],
  ["a maxconn behind cookie and check", { MAXCONN: "7", STICKY: "true" }, [
    "balance roundrobin",
    "mode tcp",
    "cookie mesosphere_server_id insert indirect nocache",
    `${server} check cookie 13d473d85a maxconn 7`,
  ]],
  ["retries, redispatch and timeouts", {
    RETRIES: "0",
    REDISPATCH: "true",
    TIMEOUT_CONNECT: "1s",
    TIMEOUT_SERVER: "2s",
    TIMEOUT_QUEUE: "3s",
    TIMEOUT_TUNNEL: "4s",
  }, [
    "balance roundrobin",
    "mode tcp",
    "retries 0",
    "option redispatch 1",
    "timeout connect 1s",
    "timeout server 2s",
    "timeout queue 3s",
    "timeout tunnel 4s",
    server,
  ]],
  ["no redispatch", { REDISPATCH: "false" }, [
    "balance roundrobin",
    "mode tcp",
    "no option redispatch",
    server,
  ]],
  ["timeouts of the frontend are not the backend's", { TIMEOUT_CLIENT: "1s" }, [
    "balance roundrobin",
    "mode tcp",
    server,
  ]],
];
for (const [what, labels, expected] of table) {
  Deno.test(`renderBackend: ${what}`, () => assert.deepEqual(backend(labels), expected));
}

/** The rewriting of `Location` that the revproxy line does, by JavaScript's regular expressions. */
function rewrite(labels: Record<string, string>, location: string): string {
  const line = backend({ MODE: "http", ...labels }).find((line) => line.includes("replace-header Location"))!;
  const [, pattern, replacement] = /replace-header Location "\(\?i\)(.*)" "(.*)" if/.exec(line)!;
  // JavaScript gives up an optional group that matched nothing, with what was captured in it; PCRE keeps it.
  const same = pattern!.replace(/^\^\((.*)\)\?\(\/\.\*\)$/, "^(?:($1)|)(/.*)");
  assert.notEqual(same, pattern);
  return location.replace(new RegExp(same, "i"), replacement!.replace(/\\(\d)/g, "$$$1"));
}

const locations: [root: string, vhost: string | undefined, location: string, expected: string][] = [
  ["/root", VHOST, "http://a.com/x/y", "/root/x/y"],
  ["/root", VHOST, "https://B.org:8443/x", "/root/x"],
  ["/root", VHOST, "/x", "/root/x"],
  ["/root/", VHOST, "/x", "/root/x"],
  ["/root/", VHOST, "http://a.com/x", "/root/x"],
  ["/root", VHOST, "http://aXcom/x", "http://aXcom/x"],
  ["/root", VHOST, "http://other.com/x", "http://other.com/x"],
  ["/root", undefined, "/x", "/root/x"],
  ["/root/", undefined, "/x/y", "/root/x/y"],
  ["/root", undefined, "http://a.com/x", "http://a.com/x"],
];
for (const [root, vhost, location, expected] of locations) {
  Deno.test(`renderBackend: revproxy ${root} of ${vhost ?? "no vhost"} makes ${expected} of ${location}`, () => {
    const labels = { HTTP_BACKEND_REVPROXY_PATH: root, ...(vhost && { VHOST: vhost }) };
    assert.equal(rewrite(labels, location), expected);
  });
}

Deno.test("renderBackend: servers by host and port, draining ones disabled", () => {
  const task = (id: string, host: string, port: number) => ({ id, host, ports: [port] });
  const apps = [
    marathonApp({
      id: "/blue",
      labels: { HAPROXY_DEPLOYMENT_GROUP: "web" },
      tasks: [task("b", "10.0.0.3", 31000), task("a", "10.0.0.2", 31001), task("c", "10.0.0.2", 31000)],
      instances: 3,
    }),
    marathonApp({
      id: "/green",
      labels: { HAPROXY_DEPLOYMENT_GROUP: "web", HAPROXY_DEPLOYMENT_STARTED_AT: "2024-01-01" },
      tasks: [task("d", "10.0.0.1", 31000)],
    }),
  ];
  const lines = section(generate({ apps }).text, "backend web_10001").filter((line) =>
    line.startsWith("server")
  );
  assert.deepEqual(lines.map((line) => line.replace(/ id \d+/, "")), [
    server.replace(/ id \d+/, ""),
    "server 10_0_0_2_31000 10.0.0.2:31000",
    "server 10_0_0_2_31001 10.0.0.2:31001 disabled",
    "server 10_0_0_3_31000 10.0.0.3:31000",
  ]);
});

Deno.test("renderBackend: a draining server has its maxconn too", () => {
  const labels = { HAPROXY_DEPLOYMENT_GROUP: "web", HAPROXY_0_MAXCONN: "7" };
  const side = (id: string, host: string, more: Record<string, string> = {}) =>
    marathonApp({ id, labels: { ...labels, ...more }, tasks: [{ id, host, ports: [31000] }] });
  const apps = [
    side("/blue", "10.0.0.2"),
    side("/green", "10.0.0.1", { HAPROXY_DEPLOYMENT_STARTED_AT: "2024-01-01" }),
  ];
  const { text } = generate({ apps });
  assert.match(text, /^ {2}server 10_0_0_2_31000 10\.0\.0\.2:31000 id \d+ maxconn 7 disabled$/m);
});

const connections: [
  what: string,
  labels: Record<string, string>,
  check: object | undefined,
  expected: string,
][] = [
  ["HTTP/2", { BACKEND_PROTO: "h2" }, undefined, "proto h2"],
  ["HTTP/1.1", { BACKEND_PROTO: "h1" }, { protocol: "HTTP" }, "check proto h1"],
  [
    "HTTP/2, checked by HTTP/1.1",
    { BACKEND_PROTO: "h2" },
    { protocol: "HTTP" },
    "check proto h2 check-proto h1",
  ],
  ["HTTP/2, checked by TCP", { BACKEND_PROTO: "h2" }, { protocol: "TCP" }, "check proto h2"],
  ["TLS", { BACKEND_TLS: "true" }, undefined, "ssl verify none"],
  ["no TLS", { BACKEND_TLS: "false" }, undefined, ""],
  [
    "TLS and a name",
    { BACKEND_TLS: "true", BACKEND_SNI: "T.test" },
    undefined,
    "ssl verify none sni str(t.test)",
  ],
  [
    "TLS of an authority",
    { BACKEND_TLS: "verify", BACKEND_CA_FILE: "ca.pem" },
    undefined,
    "ssl verify required ca-file /etc/ssl/ca.pem",
  ],
  [
    "TLS of a public authority, by a name",
    { BACKEND_TLS: "verify", BACKEND_SNI: "t.test" },
    { protocol: "HTTPS" },
    "check ssl verify required ca-file @system-ca verifyhost t.test sni str(t.test) check-ssl check-sni t.test",
  ],
  [
    "HTTP/2 over TLS, checked by HTTP/1.1",
    { BACKEND_PROTO: "h2", BACKEND_TLS: "true" },
    { protocol: "MESOS_HTTPS" },
    "check proto h2 ssl verify none alpn h2 check-ssl check-proto h1 check-alpn http/1.1",
  ],
  [
    "HTTP/1.1 over TLS",
    { BACKEND_PROTO: "h1", BACKEND_TLS: "true" },
    undefined,
    "proto h1 ssl verify none alpn http/1.1",
  ],
  [
    "TLS, checked at another port by TLS",
    { BACKEND_TLS: "true", BACKEND_SNI: "t.test" },
    { protocol: "HTTPS", port: 81 },
    "check port 81 ssl verify none sni str(t.test) check-ssl check-sni t.test",
  ],
  [
    "TLS, checked at another port without",
    { BACKEND_TLS: "true", BACKEND_SNI: "t.test" },
    { protocol: "HTTP", port: 81 },
    "check port 81 ssl verify none sni str(t.test)",
  ],
  [
    "TLS, checked for a cookie",
    { BACKEND_TLS: "true", BACKEND_SNI: "t.test", STICKY: "true" },
    undefined,
    "check cookie 13d473d85a ssl verify none sni str(t.test) check-ssl check-sni t.test",
  ],
  ["TLS and a maxconn", { BACKEND_TLS: "true", MAXCONN: "3" }, undefined, "ssl verify none maxconn 3"],
];
for (const [what, labels, check, expected] of connections) {
  Deno.test(`renderServers: a connection to a task: ${what}`, () => {
    const healthChecks = check ? [{ portIndex: "port" in check ? undefined : 0, ...check }] : [];
    const [line = ""] = backend({ MODE: "http", ...labels }, { healthChecks }).filter((line) =>
      line.startsWith("server ")
    );
    assert.equal(
      line.replace(" inter 60s fall 4", ""),
      `${server}${expected === "" ? "" : ` ${expected}`}`,
    );
  });
}

const unasked: [what: string, labels: Record<string, string>, check: object | undefined, expected: string][] =
  [
    ["no TLS", {}, undefined, ""],
    ["TLS", { BACKEND_TLS: "true" }, undefined, "ssl verify none no-sni-auto"],
    [
      "TLS of an authority, checked by it",
      { BACKEND_TLS: "verify", BACKEND_CA_FILE: "ca.pem" },
      { protocol: "HTTPS" },
      "check ssl verify required ca-file /etc/ssl/ca.pem no-sni-auto check-ssl no-check-sni-auto",
    ],
    [
      "TLS and a name",
      { BACKEND_TLS: "true", BACKEND_SNI: "t.test" },
      undefined,
      "ssl verify none sni str(t.test)",
    ],
  ];
for (const [what, labels, check, expected] of unasked) {
  Deno.test(`renderServers: where HAProxy sends the name of the request's Host header: ${what}`, () => {
    const healthChecks = check ? [{ portIndex: 0, ...check }] : [];
    const [line = ""] = backend({ MODE: "http", ...labels }, { healthChecks }, { automaticSni: true }).filter(
      (
        line,
      ) => line.startsWith("server "),
    );
    assert.equal(
      line.replace(" inter 60s fall 4", ""),
      `${server}${expected === "" ? "" : ` ${expected}`}`,
    );
    assert.equal(findStaticOption(line.split(" ").slice(3)), undefined);
  });
}

const unfit: [what: string, labels: Record<string, string>, message: string][] = [
  [
    "a CA file without TLS",
    { BACKEND_CA_FILE: "ca.pem" },
    'HAPROXY_0_BACKEND_CA_FILE is "ca.pem"; expected HAPROXY_0_BACKEND_TLS "verify" beside it',
  ],
  [
    "a CA file without a check of certificates",
    { BACKEND_TLS: "true", BACKEND_CA_FILE: "ca.pem" },
    'HAPROXY_0_BACKEND_CA_FILE is "ca.pem"; expected HAPROXY_0_BACKEND_TLS "verify" beside it',
  ],
  [
    "a name without TLS",
    { BACKEND_TLS: "false", BACKEND_SNI: "t.test" },
    'HAPROXY_0_BACKEND_SNI is "t.test"; expected HAPROXY_0_BACKEND_TLS "true" or "verify" beside it',
  ],
  [
    "a check of certificates that all pass",
    { BACKEND_TLS: "verify" },
    'HAPROXY_0_BACKEND_TLS is "verify"; expected HAPROXY_0_BACKEND_CA_FILE or HAPROXY_0_BACKEND_SNI beside it',
  ],
  [
    "HTTP/2 in mode tcp",
    { MODE: "tcp", BACKEND_PROTO: "h2" },
    'HAPROXY_0_BACKEND_PROTO is "h2"; expected mode http (HAPROXY_0_MODE) beside it',
  ],
];
for (const [what, labels, message] of unfit) {
  Deno.test(`a connection to a task: ${what} leaves the service out`, () => {
    const prefixed = Object.entries({ MODE: "http", ...labels }).map(([name, value]) => [
      `HAPROXY_0_${name}`,
      value,
    ]);
    const { text, problems } = generate({ apps: [marathonApp({ labels: Object.fromEntries(prefixed) })] });
    assert.doesNotMatch(text, /web_10001/);
    assert.deepEqual(problems.map(({ code, message }) => [code, message]), [
      ["service-unreadable", `/web: service 0 is left out: ${message}`],
    ]);
  });
}

const frontends: [what: string, labels: Record<string, string>, expected: string[]][] = [
  ["tcp", { TIMEOUT_CLIENT: "1s", TIMEOUT_HTTP_REQUEST: "2s", TIMEOUT_HTTP_KEEP_ALIVE: "3s" }, [
    "timeout client 1s",
  ]],
  [
    "http",
    { MODE: "http", TIMEOUT_CLIENT: "1s", TIMEOUT_HTTP_REQUEST: "2s", TIMEOUT_HTTP_KEEP_ALIVE: "3s" },
    [
      "timeout client 1s",
      "timeout http-request 2s",
      "timeout http-keep-alive 3s",
    ],
  ],
];
for (const [mode, labels, expected] of frontends) {
  Deno.test(`renderService: the timeouts of clients are those of its own frontend, mode ${mode}`, () => {
    const prefixed = Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, value]);
    const { text } = generate({ apps: [marathonApp({ labels: Object.fromEntries(prefixed) })] });
    assert.deepEqual(section(text, "frontend web_10001"), [
      "bind *:10001",
      `mode ${mode}`,
      ...expected,
      "use_backend web_10001",
    ]);
  });
}

const check = {
  portIndex: 0,
  path: "/ping",
  intervalSeconds: 5,
  timeoutSeconds: 2,
  maxConsecutiveFailures: 4,
};

/** What a service has for its checks: the options of the backend, and what is behind the address of its servers. */
function checks(healthCheck: Record<string, unknown>, labels: Record<string, string> = {}, index = 0) {
  const { text, problems } = generate({
    apps: [marathonApp({
      labels,
      healthChecks: [healthCheck],
      portDefinitions: [{ port: 10000 }, { port: 10001 }],
      tasks: [
        { id: "a", host: "10.0.0.1", ports: [31000, 31001] },
        { id: "b", host: "10.0.0.2", ports: [32000, 32001] },
      ],
    })],
  });
  assert.deepEqual(problems, []);
  const lines = section(text, `backend web_1000${index}`);
  return {
    options: lines.filter((line) => /httpchk|timeout/.test(line)),
    servers: lines.filter((line) => line.startsWith("server")).map((line) => line.replace(/^.* id \d+/, "")),
  };
}

const httpOptions = ["option  httpchk GET /ping", "timeout check 2s"];
const checked = " check inter 5s fall 5";

const checkTable: [
  what: string,
  healthCheck: Record<string, unknown>,
  labels: Record<string, string>,
  options: string[],
  servers: string[],
][] = [
  ["HTTP", { protocol: "HTTP" }, {}, httpOptions, [checked, checked]],
  ["an empty path", { protocol: "HTTP", path: "" }, {}, ["option  httpchk GET /", "timeout check 2s"], [
    checked,
    checked,
  ]],
  ["HTTP over tcp", { protocol: "HTTP" }, { HAPROXY_0_MODE: "tcp" }, [], [checked, checked]],
  ["MESOS_HTTP in mode tcp", { protocol: "MESOS_HTTP" }, {}, [], [checked, checked]],
  ["MESOS_HTTP in mode http", { protocol: "MESOS_HTTP" }, { HAPROXY_0_MODE: "http" }, httpOptions, [
    checked,
    checked,
  ]],
  ["TCP in mode http", { protocol: "TCP" }, { HAPROXY_0_MODE: "http" }, [], [checked, checked]],
  ["MESOS_TCP in mode http", { protocol: "MESOS_TCP" }, { HAPROXY_0_MODE: "http" }, [], [checked, checked]],
  ["a port of its own", { protocol: "HTTP", port: 9999 }, {}, httpOptions, [
    `${checked} port 9999`,
    `${checked} port 9999`,
  ]],
  [
    "the port of another service",
    { protocol: "HTTP" },
    { HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: "1" },
    httpOptions,
    [
      `${checked} port 31001`,
      `${checked} port 32001`,
    ],
  ],
  ["of another service", { protocol: "HTTP", portIndex: 1 }, {}, [], ["", ""]],
];
for (const [what, healthCheck, labels, options, servers] of checkTable) {
  Deno.test(`health check: ${what}`, () => {
    assert.deepEqual(checks({ ...check, ...healthCheck }, labels), { options, servers });
  });
}

Deno.test("health check: borrowed from another service, with that service's port", () => {
  const labels = { HAPROXY_1_BACKEND_HEALTHCHECK_PORT_INDEX: "0" };
  assert.deepEqual(checks({ ...check, protocol: "MESOS_HTTP" }, labels, 1), {
    options: httpOptions,
    servers: [`${checked} port 31000`, `${checked} port 32000`],
  });
});

Deno.test("health check: what Marathon leaves out", () => {
  assert.deepEqual(checks({ protocol: "HTTP", portIndex: 0 }), {
    options: ["option  httpchk GET /", "timeout check 20s"],
    servers: [" check inter 60s fall 4", " check inter 60s fall 4"],
  });
});

Deno.test("health check: every value an override may use", () => {
  const values = [
    "healthCheckPortIndex",
    "healthCheckPort",
    "healthCheckProtocol",
    "healthCheckPath",
    "healthCheckTimeoutSeconds",
    "healthCheckIntervalSeconds",
    "healthCheckGracePeriodSeconds",
    "healthCheckMaxConsecutiveFailures",
    "healthCheckFalls",
    "healthCheckPortOptions",
  ];
  const override = `  ${values.map((name) => `{${name}}`).join(",")},{healthCheck[path]}\n\n`;
  const { options, servers } = checks({ ...check, protocol: "HTTP", port: 8080, gracePeriodSeconds: 1.5 }, {
    HAPROXY_0_BACKEND_HTTP_HEALTHCHECK_OPTIONS: `  # timeout ${override.trim()}`,
    HAPROXY_0_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS: override,
  });
  assert.deepEqual(options, ["# timeout 0,31000,HTTP,/ping,2,5,1.5,4,5, port 31000,/ping"]);
  assert.deepEqual(servers, [1, 2].map(() => " 0,8080,HTTP,/ping,2,5,1.5,4,5, port 8080,/ping"));
});
