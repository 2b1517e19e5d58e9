import assert from "node:assert/strict";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { section } from "./support/section.ts";

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
const server = " check inter 5s fall 5";

const table: [
  what: string,
  healthCheck: Record<string, unknown>,
  labels: Record<string, string>,
  options: string[],
  servers: string[],
][] = [
  ["HTTP", { protocol: "HTTP" }, {}, httpOptions, [server, server]],
  ["HTTP over tcp", { protocol: "HTTP" }, { HAPROXY_0_MODE: "tcp" }, [], [server, server]],
  ["MESOS_HTTP in mode tcp", { protocol: "MESOS_HTTP" }, {}, [], [server, server]],
  ["MESOS_HTTP in mode http", { protocol: "MESOS_HTTP" }, { HAPROXY_0_MODE: "http" }, httpOptions, [
    server,
    server,
  ]],
  ["TCP in mode http", { protocol: "TCP" }, { HAPROXY_0_MODE: "http" }, [], [server, server]],
  ["MESOS_TCP in mode http", { protocol: "MESOS_TCP" }, { HAPROXY_0_MODE: "http" }, [], [server, server]],
  ["a port of its own", { protocol: "HTTP", port: 9999 }, {}, httpOptions, [
    `${server} port 9999`,
    `${server} port 9999`,
  ]],
  [
    "the port of another service",
    { protocol: "HTTP" },
    { HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: "1" },
    httpOptions,
    [
      `${server} port 31001`,
      `${server} port 32001`,
    ],
  ],
  ["of another service", { protocol: "HTTP", portIndex: 1 }, {}, [], ["", ""]],
];
for (const [what, healthCheck, labels, options, servers] of table) {
  Deno.test(`health check: ${what}`, () => {
    assert.deepEqual(checks({ ...check, ...healthCheck }, labels), { options, servers });
  });
}

Deno.test("health check: borrowed from another service, with that service's port", () => {
  const labels = { HAPROXY_1_BACKEND_HEALTHCHECK_PORT_INDEX: "0" };
  assert.deepEqual(checks({ ...check, protocol: "MESOS_HTTP" }, labels, 1), {
    options: httpOptions,
    servers: [`${server} port 31000`, `${server} port 32000`],
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
