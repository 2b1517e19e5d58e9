import assert from "node:assert/strict";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import type { ModelContext } from "../../../lib/core/model/ModelContext.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";
import { modelContext } from "./support/modelContext.ts";

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
    'the path of its health check is "/\\nserver x 10.6.6.6"; expected no control characters',
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
      { severity: "excluded", app: "/bad", index: 0, message: `/bad: service 0 is left out: ${reason}` },
    ]);
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

Deno.test("buildServices: a full range gives no port, with a warning; assignment starts anew each time", () => {
  const context = modelContext({ servicePortRange: { minimum: 10000, maximum: 10000 } });
  for (const generation of [1, 2]) {
    const { services, problems } = buildServices([perTask("/z", 80), perTask("/a", 80)], context);
    assert.deepEqual(
      services.map(({ appId, port }) => [appId, port]),
      [["/z", 10000]],
      `generation ${generation}`,
    );
    assert.deepEqual(problems, [{
      severity: "warning",
      app: "/a",
      index: 0,
      message: "/a: service 0 gets no port: the range for IP-per-task apps is full;" +
        " widen --min-serv-port-ip-per-task and --max-serv-port-ip-per-task",
    }]);
  }
});

Deno.test("buildServices: an assigned port that an app has already is claimed by the first in order", () => {
  const context = modelContext({ servicePortRange: { minimum: 10001, maximum: 10001 } });
  const { services, problems } = buildServices([perTask("/web2", 80), appOf()], context);
  assert.deepEqual(services.map(({ appId }) => appId), ["/web"]);
  assert.deepEqual(problems.map(({ app, severity }) => [app, severity]), [["/web2", "excluded"]]);
});

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
