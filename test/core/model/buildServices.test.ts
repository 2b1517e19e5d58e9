import assert from "node:assert/strict";
import type { ServiceLabels } from "../../../lib/core/labels/readLabels.ts";
import type { HealthCheck } from "../../../lib/core/marathon/healthCheck.ts";
import {
  buildServices,
  checkPorts,
  findHealthCheck,
  resolveMode,
} from "../../../lib/core/model/buildServices.ts";
import type { ModelContext } from "../../../lib/core/model/context.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";
import { modelContext } from "./support/modelContext.ts";
import { serviceOf } from "./support/serviceOf.ts";

/** The services that come out, as `app id:port`. */
function taken(members: Record<string, unknown>, context: Partial<ModelContext> = {}): string[] {
  const { services, problems } = buildServices([appOf(members)], modelContext(context));
  assert.deepEqual(problems, []);
  return services.map(({ appId, port }) => `${appId}:${port}`);
}

const all = ["/web:10001"];
const selection: [
  what: string,
  labels: Record<string, string>,
  context: Partial<ModelContext>,
  expected: string[],
][] = [
  ["* takes an app without groups", {}, { groups: ["*"] }, all],
  ["a group does not take an app without groups", {}, { groups: ["external"] }, []],
  ["an app of the group", { HAPROXY_GROUP: "internal , external" }, { groups: ["external"] }, all],
  ["an app of another group", { HAPROXY_GROUP: "internal" }, { groups: ["external"] }, []],
  ["* among other groups", {}, { groups: ["external", "*"] }, all],
  ["one of two groups", { HAPROXY_GROUP: "b" }, { groups: ["a", "b"] }, all],
  ["the service's groups come first", { HAPROXY_GROUP: "a", HAPROXY_0_GROUP: "b" }, { groups: ["a"] }, []],
  ["the service's groups alone", { HAPROXY_0_GROUP: "b" }, { groups: ["b"] }, all],
  ["the service's empty groups", { HAPROXY_GROUP: "a", HAPROXY_0_GROUP: "" }, { groups: ["a"] }, []],
  ["the app's group is no * of its own", { HAPROXY_GROUP: "*" }, { groups: ["a"] }, []],
  ["switched off", { HAPROXY_0_ENABLED: "no" }, {}, []],
  ["strict mode: off", {}, { strictMode: true }, []],
  ["strict mode: switched on", { HAPROXY_0_ENABLED: "true" }, { strictMode: true }, all],
  ["another port is exposed", { HAPROXY_0_PORT: "8443" }, {}, ["/web:8443"]],
  ["this load balancer itself", {}, { frameworkName: "web" }, []],
  ["another load balancer", {}, { frameworkName: "webb" }, all],
];
for (const [what, labels, context, expected] of selection) {
  Deno.test(`buildServices: ${what}`, () => assert.deepEqual(taken({ labels }, context), expected));
}

Deno.test("buildServices: the i-th port of each task is a backend of the i-th service, surplus is ignored", () => {
  const { services } = buildServices([appOf({
    portDefinitions: [{ port: 10001 }, { port: 10002 }, { port: 10003 }],
    labels: { HAPROXY_1_PORT: "9000" },
    tasks: [
      marathonTask({ id: "new", ports: [31000, 31001, 31002, 31003], host: "10.0.0.2" }),
      marathonTask({ id: "old", ports: [31005] }),
    ],
  })], modelContext());
  const backends = services.map(({ index, port, backends }) => [
    index,
    port,
    backends.map(({ host, port }) => `${host}:${port}`),
  ]);
  assert.deepEqual(backends, [
    [1, 9000, ["10.0.0.2:31001"]],
    [0, 10001, ["10.0.0.1:31005", "10.0.0.2:31000"]],
    [2, 10003, ["10.0.0.2:31002"]],
  ]);
});

Deno.test("buildServices: without a backend there is no service, and no problem", () => {
  assert.deepEqual(taken({ tasks: [] }), []);
  assert.deepEqual(taken({ tasks: [marathonTask({ state: "TASK_STAGING" })] }), []);
});

for (const drainingRank of [0, 1]) {
  Deno.test(`buildServices: a task listed twice is one backend, and serves though number ${drainingRank} drains`, () => {
    const app = appOf({ tasks: [marathonTask(), marathonTask({ id: "web.2" })] });
    const tasks = app.tasks.map((task, rank) => ({ ...task, draining: rank === drainingRank }));
    const [service] = buildServices([{ ...app, tasks }], modelContext()).services;
    assert.deepEqual(service?.backends, [{ host: "10.0.0.1", ip: "10.0.0.1", port: 31000, draining: false }]);
  });
}

Deno.test("buildServices: in the order of app id and exposed port", () => {
  const apps = [
    appOf({ id: "/b", portDefinitions: [{ port: 10003 }] }),
    appOf({ id: "/B", portDefinitions: [{ port: 10004 }] }),
    appOf({
      id: "/a",
      portDefinitions: [{ port: 10002 }, { port: 10001 }],
      tasks: [marathonTask({ ports: [1, 2] })],
    }),
  ];
  const { services } = buildServices(apps, modelContext());
  assert.deepEqual(services.map(({ appId, port }) => `${appId} ${port}`), [
    "/B 10004",
    "/a 10001",
    "/a 10002",
    "/b 10003",
  ]);
});

const bad: [what: string, members: Record<string, unknown>, reason: string][] = [
  [
    "a port that is none",
    { labels: { HAPROXY_0_PORT: "eighty" } },
    'HAPROXY_0_PORT is "eighty"; expected a port from 1 to 65535',
  ],
  [
    "a placeholder that is none",
    { labels: { HAPROXY_0_BACKEND_HEAD: "backend {name}" } },
    "HAPROXY_0_BACKEND_HEAD cannot be used as a template: it uses {name};" +
    " expected one of {backend}, {balance}, {mode}, or {{ and }} for literal braces",
  ],
  [
    "a service port that is none",
    { portDefinitions: [{ port: 70000 }, { port: 10009 }] },
    "its service port is 70000; expected a port from 1 to 65535",
  ],
  [
    "a line break in the path of its health check",
    { healthChecks: [{ protocol: "HTTP", portIndex: 0, path: "/\nserver x 10.6.6.6" }] },
    'path of its health check is "/\\nserver x 10.6.6.6"; expected a path, with a query or without, and no quotes, ' +
    "blanks, `#`, `$` or backslashes",
  ],
  ...["/a b", "/a#b", '/"', "/'", "/\\", "/${HOME}", "/%[path]", "/ü"].map((path): typeof bad[number] => [
    `${path} as the path of its health check`,
    { healthChecks: [{ protocol: "HTTP", portIndex: 0, path }] },
    `path of its health check is ${
      JSON.stringify(path)
    }; expected a path, with a query or without, and no quotes, ` +
    "blanks, `#`, `$` or backslashes",
  ]),
  [
    "a protocol that is none",
    { healthChecks: [{ protocol: "HTTP x", portIndex: 0 }] },
    'protocol of its health check is "HTTP x"; expected a name such as MESOS_HTTP',
  ],
  [
    "an interval that is a text",
    { healthChecks: [{ protocol: "TCP", portIndex: 0, intervalSeconds: "1s" }] },
    'intervalSeconds of its health check is "1s"; expected seconds',
  ],
  [
    "a timeout that HAProxy would not read",
    { healthChecks: [{ protocol: "TCP", portIndex: 0, timeoutSeconds: 1e-9 }] },
    "timeoutSeconds of its health check is 1e-9; expected seconds",
  ],
];
for (const [what, members, reason] of bad) {
  Deno.test(`buildServices: ${what} takes that service alone out`, () => {
    const twoPorts = { portDefinitions: [{ port: 10001 }, { port: 10009 }], ...members };
    const { services, problems } = buildServices([
      appOf({ id: "/bad", ...twoPorts, tasks: [marathonTask({ ports: [1, 2] })] }),
      appOf({ id: "/good", portDefinitions: [{ port: 10002 }] }),
    ], modelContext());
    assert.deepEqual(services.map(({ appId, index }) => [appId, index]), [["/bad", 1], ["/good", 0]]);
    assert.deepEqual(problems, [
      {
        code: what === "a placeholder that is none" ? "template-unreadable" : "service-unreadable",
        severity: "excluded",
        app: "/bad",
        index: 0,
        message: `/bad: service 0 is left out: ${reason}`,
      },
    ]);
  });
}

Deno.test("buildServices: a task port that is none takes its task from that service alone, with a message", () => {
  const { services, problems } = buildServices([
    appOf({
      portDefinitions: [{ port: 10001 }, { port: 10002 }],
      tasks: [marathonTask({ ports: [0, 31001] }), marathonTask({ id: "web.2", ports: [31002, 0] })],
    }),
  ], modelContext());
  assert.deepEqual(services.map(({ backends }) => backends.map(({ port }) => port)), [[31002], [31001]]);
  assert.deepEqual(problems.map(({ severity, index, message }) => [severity, index, message]), [
    [
      "warning",
      0,
      "/web: service 0: task web.1 is ignored: its port is 0; expected a port from 1 to 65535",
    ],
    ["warning", 1, "/web: service 1: task web.2 is ignored: its port is 0; expected a port from 1 to 65535"],
  ]);
});

for (const path of ["", "/", "health", "/a/b?c=d&e[]=f|g", "/a%20b", "/x;v={1}"]) {
  Deno.test(`buildServices: ${JSON.stringify(path)} is a path for a health check`, () => {
    const { services } = buildServices(
      [appOf({ healthChecks: [{ protocol: "HTTP", portIndex: 0, path }] })],
      modelContext(),
    );
    assert.equal(services[0]!.healthCheck!.path, path);
  });
}

Deno.test("buildServices: with a bad label in a service that is switched off or in no group of ours there is still a message", () => {
  const labels = { HAPROXY_0_ENABLED: "no", HAPROXY_0_PORT: "eighty" };
  assert.equal(buildServices([appOf({ labels })], modelContext()).problems.length, 1);
});

const perTask = (id: string, number: number) =>
  appOf({
    id,
    portDefinitions: [],
    ipAddress: { discovery: { ports: [{ number }] } },
    tasks: [marathonTask({ ipAddresses: [{ ipAddress: "192.168.0.5" }] })],
  });

Deno.test("buildServices: a full range gives no port, with a warning; assignment restarts each time", () => {
  const context = modelContext({ servicePortRange: { minimum: 10000, maximum: 10000 } });
  for (const generation of [1, 2]) {
    const { services, problems } = buildServices([perTask("/z", 80), perTask("/a", 80)], context);
    assert.deepEqual(
      services.map(({ appId, port }) => [appId, port]),
      [["/z", 10000]],
      `generation ${generation}`,
    );
    assert.deepEqual(problems, [{
      code: "port-range-full",
      severity: "warning",
      app: "/a",
      index: 0,
      message: "/a: service 0 gets no port: the range for IP-per-task apps is full;" +
        " widen --min-serv-port-ip-per-task and --max-serv-port-ip-per-task",
    }]);
  }
});

Deno.test("buildServices: an assigned port that an app has already is claimed by the first in order, the other has no frontend", () => {
  const context = modelContext({ servicePortRange: { minimum: 10001, maximum: 10001 } });
  const { services, problems } = buildServices([perTask("/web2", 80), appOf()], context);
  assert.deepEqual(services.map(({ appId, frontend }) => [appId, frontend]), [["/web", undefined], [
    "/web2",
    false,
  ]]);
  assert.deepEqual(problems.map(({ app, severity }) => [app, severity]), [["/web2", "warning"]]);
});

const years: [what: string, a: unknown, b: unknown, winner: string][] = [
  ["the one that was configured earlier", "2024-02-01T00:00:00.000Z", "2024-01-31T23:59:59.999Z", "/b"],
  ["the one that tells when it was", "yesterday", "2024-01-01T00:00:00.000Z", "/b"],
  ["the first, where none tells", undefined, 7, "/a"],
];
for (const [what, a, b, winner] of years) {
  Deno.test(`buildServices: lastConfigChangeAt: of two newcomers ${what} gets the port`, () => {
    const apps = [["/a", a], ["/b", b]].map(([id, lastConfigChangeAt]) =>
      appOf({ id, versionInfo: { lastConfigChangeAt } })
    );
    const { services } = buildServices(apps, modelContext());
    assert.deepEqual(services.filter(({ frontend }) => frontend !== false).map(({ appId }) => appId), [
      winner,
    ]);
    assert.equal(services.length, 2);
  });
}

Deno.test("buildServices: reports the health it saw, to be remembered", () => {
  const tasks = [
    marathonTask({ id: "a", healthCheckResults: [{ alive: true }] }),
    marathonTask({ id: "b", healthCheckResults: [{ alive: false }], host: "10.0.0.2" }),
    marathonTask({ id: "c" }),
  ];
  const app = appOf({ healthChecks: [{ protocol: "TCP", portIndex: 0 }], tasks });
  const { verdicts } = buildServices([app], modelContext({ healthCheck: true }));
  assert.deepEqual([...verdicts], [["a", true], ["b", false]]);
});

Deno.test("buildServices: a check of its own before the borrowed one", () => {
  const [own, borrower] = buildServices([appOf({
    portDefinitions: [{ port: 10001 }, { port: 10002 }],
    labels: { HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: "1", HAPROXY_1_BACKEND_HEALTHCHECK_PORT_INDEX: "0" },
    healthChecks: [{ protocol: "MESOS_HTTP", portIndex: 0, path: "/ping" }],
    tasks: [marathonTask({ ports: [31000, 31001] })],
  })], modelContext()).services;
  assert.deepEqual([own?.mode, own?.healthCheck?.path, own?.checkPorts], ["tcp", "/ping", [31001]]);
  assert.deepEqual([borrower?.mode, borrower?.healthCheck?.path, borrower?.checkPorts], ["http", "/ping", [
    31000,
  ]]);
});

Deno.test("buildServices: a blue/green pair is one app under the group's name, draining tasks marked", () => {
  const side = (id: string, started: string, host: string) =>
    appOf({
      id,
      labels: {
        HAPROXY_DEPLOYMENT_GROUP: "shop",
        HAPROXY_DEPLOYMENT_STARTED_AT: started,
        HAPROXY_0_VHOST: "a.com",
      },
      tasks: [marathonTask({ id: `${id}.1`, host })],
    });
  const apps = [side("/green", "2024-01-02", "10.0.0.2"), side("/blue", "2024-01-01", "10.0.0.1")];
  const { services, problems } = buildServices(apps, modelContext());
  assert.deepEqual(problems, []);
  assert.deepEqual(
    services.map(({ appId, backends }) => [appId, backends.map(({ ip, draining }) => [ip, draining])]),
    [
      ["/shop", [["10.0.0.1", true], ["10.0.0.2", false]]],
    ],
  );
});

/** A service on `port` that names `named`, with one backend for each of its ports. */
const service = (port: number, named: number | undefined, ...ports: number[]) =>
  serviceOf({
    port,
    labels: named === undefined ? {} : { BACKEND_HEALTHCHECK_PORT_INDEX: named },
    backends: ports.map((port) => ({ host: "h", ip: "10.0.0.1", port, draining: false })),
  });

const table: [what: string, named: number | undefined, expected: number[] | undefined][] = [
  ["no label", undefined, undefined],
  ["itself, the lowest port", 0, [31000, 31001]],
  ["the one of the next port, by rank", 1, [32000, 32001]],
  ["one with fewer backends", 2, [33000, 31001]],
  ["out of range", 3, [31000, 31001]],
  ["from the end", -2, [32000, 32001]],
  ["out of range from the end", -4, [31000, 31001]],
];
for (const [what, named, expected] of table) {
  Deno.test(`checkPorts: ${what}`, () => {
    const others = [service(10003, undefined, 33000), service(10002, undefined, 32000, 32001)];
    const [result, ...rest] = checkPorts([service(10001, named, 31000, 31001), ...others]);
    assert.deepEqual(result?.checkPorts, expected);
    assert.deepEqual(rest, others);
  });
}

const findHealthCheckTable: [
  what: string,
  checks: Record<string, unknown>[],
  index: number,
  path: string | undefined,
][] = [
  ["none", [], 0, undefined],
  ["the one of its index", [{ portIndex: 0, path: "/a" }, { portIndex: 1, path: "/b" }], 1, "/b"],
  ["the first of two", [{ portIndex: 1, path: "/a" }, { portIndex: 1, path: "/b" }], 1, "/a"],
  ["one with a port is for all", [{ port: 8080, path: "/a" }, { portIndex: 1, path: "/b" }], 1, "/a"],
  ["of another index", [{ portIndex: 0, path: "/a" }], 1, undefined],
  ["neither port nor index", [{ path: "/a" }], 0, undefined],
  ["port 0 is no port", [{ port: 0, portIndex: 1, path: "/a" }], 0, undefined],
];
for (const [what, checks, index, path] of findHealthCheckTable) {
  Deno.test(`findHealthCheck: ${what}`, () => {
    const app = appOf({ healthChecks: checks.map((check) => ({ protocol: "HTTP", ...check })) });
    assert.equal(findHealthCheck(app, index)?.path, path);
  });
}

const check = (protocol: string | undefined): HealthCheck | undefined =>
  protocol === undefined ? undefined : appOf({ healthChecks: [{ protocol }] }).healthChecks[0];

const VHOST = ["a.com"];
const resolveModeTable: [
  labels: ServiceLabels,
  own: string | undefined,
  borrowed: string | undefined,
  mode: string,
][] = [
  [{}, undefined, undefined, "tcp"],
  [{ VHOST }, undefined, undefined, "http"],
  [{ VHOST: [] }, undefined, undefined, "tcp"],
  [{ VHOST, MODE: "tcp" }, undefined, undefined, "tcp"],
  [{ MODE: "http" }, undefined, undefined, "http"],
  [{}, "HTTP", undefined, "http"],
  [{}, "MESOS_HTTP", undefined, "tcp"],
  [{}, "HTTPS", undefined, "tcp"],
  [{}, "TCP", undefined, "tcp"],
  [{ VHOST }, "TCP", undefined, "http"],
  [{ MODE: "tcp" }, "HTTP", undefined, "tcp"],
  [{}, undefined, "HTTP", "http"],
  [{}, undefined, "HTTPS", "http"],
  [{}, undefined, "MESOS_HTTP", "http"],
  [{ MODE: "tcp" }, undefined, "MESOS_HTTPS", "http"],
  [{}, undefined, "TCP", "tcp"],
];
for (const [labels, own, borrowed, mode] of resolveModeTable) {
  Deno.test(`resolveMode: ${JSON.stringify(labels)}, own check ${own}, borrowed ${borrowed}`, () => {
    assert.equal(resolveMode(labels, check(own), check(borrowed)), mode);
  });
}

const udp: [what: string, app: Record<string, unknown>, indexes: number[]][] = [
  ["port definitions", { portDefinitions: [{ port: 1 }, { port: 2, protocol: "udp" }] }, [1]],
  ["port definitions of both protocols", { portDefinitions: [{ port: 1, protocol: "udp,tcp" }] }, []],
  ["port mappings", {
    networks: [{ mode: "container/bridge" }],
    portDefinitions: undefined,
    container: {
      portMappings: [
        { containerPort: 1 },
        { containerPort: 53, servicePort: 10_053, protocol: "UDP" },
      ],
    },
  }, [0]],
];
for (const [what, members, indexes] of udp) {
  Deno.test(`buildServices: UDP in ${what} is left out with its reason, and with no group silently`, () => {
    const app = appOf({ tasks: [marathonTask({ ports: [1, 2] })], ...members });
    const { services, problems } = buildServices([app], modelContext());
    assert.deepEqual(
      problems.map(({ code, index, severity, message }) => [code, index, severity, message]),
      indexes.map((index) => [
        "udp-port",
        index,
        "excluded",
        `/web: service ${index} is left out: its port is for UDP alone`,
      ]),
    );
    assert.equal(services.some(({ index }) => indexes.includes(index)), false);
    assert.equal(services.length, (app.portDefinitions?.length ?? 1) - indexes.length);
    const others = buildServices([app], modelContext({ groups: ["external"] }));
    assert.deepEqual([others.services, others.problems], [[], []]);
  });
}
