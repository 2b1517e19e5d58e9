import assert from "node:assert/strict";
import {
  type App,
  dependsOnOrder,
  isAppId,
  readApp,
  readAppValue,
  readNetworkingMode,
} from "../../../lib/core/marathon/app.ts";
import { appOf } from "../model/support/appOf.ts";

const ipPerTask = { networks: [{ mode: "container" }], portDefinitions: undefined };

const portMappings = [
  ["the container's", { portMappings: [{ containerPort: 80, servicePort: 10001 }] }, [[10001, 80]]],
  ["Docker's before the container's", {
    docker: { portMappings: [{ containerPort: 81 }] },
    portMappings: [{ containerPort: 80, servicePort: 10001 }],
  }, [[undefined, 81]]],
  ["the container's where Docker's are empty", {
    docker: { portMappings: [] },
    portMappings: [{ servicePort: 10001 }],
  }, [[10001, undefined]]],
  ["none", { docker: { portMappings: null } }, []],
] as const;

const table: [what: string, members: Record<string, unknown>, expected: boolean][] = [
  ["an app with a port", {}, false],
  ["a side of a deployment group", { labels: { HAPROXY_DEPLOYMENT_GROUP: "web" } }, true],
  ["an IP-per-task app without ports", ipPerTask, true],
  ["one with an empty list of them", { ...ipPerTask, portDefinitions: [] }, true],
  ["one with ports", { ...ipPerTask, ports: [10_000] }, false],
  ["one with a service port", {
    ...ipPerTask,
    container: { portMappings: [{ containerPort: 80, servicePort: 1 }] },
  }, false],
  ["one with ports of its containers only", {
    ...ipPerTask,
    container: { portMappings: [{ containerPort: 80 }] },
  }, true],
  ["one without ports on the agent", { portDefinitions: [] }, false],
];
for (const [what, members, expected] of table) {
  Deno.test(`dependsOnOrder: ${what}`, () => assert.equal(dependsOnOrder(appOf(members)), expected));
}

for (const id of ["/web", "/group/web", "/a..b/.c", "/Group/web-1.2", "/a_b:c"]) {
  Deno.test(`isAppId: ${id} is one`, () => assert.equal(isAppId(id), true));
}

for (
  const id of [
    "",
    "/",
    "web",
    "/a b",
    "/a\nbackend x",
    "/a\n",
    "/ä",
    "/a#b",
    "/{a}",
    "/..",
    "/a/./b",
    "/a/..",
    "/../../v2/leader?x",
    "/../../v2/leader",
    `/${"x".repeat(512)}`,
  ]
) {
  Deno.test(`isAppId: ${JSON.stringify(id)} is none`, () => assert.equal(isAppId(id), false));
}

Deno.test("readApp: an id is enough", () => {
  assert.deepEqual(readApp({ id: "/web" }), {
    id: "/web",
    instances: 0,
    labels: {},
    networkingMode: "host",
    portMappings: [],
    portDefinitions: undefined,
    ports: [],
    discoveryPorts: [],
    healthChecks: [],
    lastScalingAt: undefined,
    lastConfigChangeAt: undefined,
    tasks: [],
  });
});

Deno.test("readApp: null members count as absent", () => {
  const nulls = {
    instances: null,
    labels: null,
    networks: null,
    container: null,
    ipAddress: null,
    portDefinitions: null,
    ports: null,
    healthChecks: null,
    versionInfo: null,
    tasks: null,
  };
  assert.deepEqual(readApp({ id: "/web", ...nulls }), readApp({ id: "/web" }));
});

Deno.test("readApp: null labels are absent, and no label reaches Object.prototype", () => {
  const { labels } = readApp(JSON.parse('{"id": "/web", "labels": {"A": null, "B": "", "__proto__": "c"}}'));
  assert.deepEqual(Object.entries(labels), [["B", ""], ["__proto__", "c"]]);
  assert.equal(labels.toString, undefined);
});
for (const [what, container, expected] of portMappings) {
  Deno.test(`readApp: port mappings, ${what}`, () => {
    const mappings = readApp({ id: "/web", container }).portMappings;
    assert.deepEqual(
      mappings.map(({ servicePort, containerPort }) => [servicePort, containerPort]),
      expected,
    );
  });
}

Deno.test("readApp: empty port definitions are not absent ones; entries without a port are dropped", () => {
  const portDefinitions = (value: unknown) => readApp({ id: "/web", portDefinitions: value }).portDefinitions;
  assert.deepEqual(portDefinitions([]), []);
  assert.deepEqual(portDefinitions([{ port: 1 }, { name: "x" }, null, { port: "2" }]), [1, 2]);
  assert.equal(portDefinitions("1"), undefined);
});

Deno.test("readApp: health checks with what Marathon fills in; what has no protocol is none", () => {
  const check = {
    protocol: "HTTP",
    path: "/ping",
    portIndex: 1,
    timeoutSeconds: 5,
    maxConsecutiveFailures: 0,
  };
  const app = readApp({ id: "/web", healthChecks: [check, { path: "/" }, null, { protocol: "TCP" }] });
  assert.deepEqual(app.healthChecks, [
    { ...check, port: undefined, intervalSeconds: 60, gracePeriodSeconds: 300 },
    {
      protocol: "TCP",
      port: undefined,
      portIndex: undefined,
      path: "/",
      timeoutSeconds: 20,
      intervalSeconds: 60,
      gracePeriodSeconds: 300,
      maxConsecutiveFailures: 3,
    },
  ]);
});

Deno.test("readApp: tasks; one without an id or that is no object is named by its place, and unfit; an empty host is none", () => {
  const { tasks } = readApp({
    id: "/web",
    tasks: [
      "text",
      {
        id: "a",
        host: "agent",
        state: "TASK_RUNNING",
        ports: [31000, "31001", null],
        ipAddresses: [{ ipAddress: "192.168.0.1" }, { ipAddress: "192.168.0.2" }],
        healthCheckResults: [{ alive: false }, null, { alive: true }],
      },
      { id: "b", host: "", ipAddresses: [], healthCheckResults: [] },
      { host: "agent" },
    ],
  });
  assert.deepEqual(tasks, [
    {
      id: "a",
      host: "agent",
      state: "TASK_RUNNING",
      ports: [31000, 31001],
      ipAddress: "192.168.0.1",
      ipAddresses: ["192.168.0.1", "192.168.0.2"],
      alive: true,
      draining: false,
    },
    {
      id: "b",
      host: undefined,
      state: undefined,
      ports: [],
      ipAddress: undefined,
      alive: false,
      draining: false,
    },
    {
      id: "number 1",
      ports: [],
      unfit: { host: 'it is "text"; expected an object' },
      draining: false,
    },
    { id: "number 4", ports: [], unfit: { host: "it has no id" }, draining: false },
  ]);
});

const noPorts: [what: string, members: Record<string, unknown>, message: string][] = [
  [
    "a port definition",
    { portDefinitions: [{ port: 1 }, { port: "2 x" }] },
    'a number in its portDefinitions is "2 x"; expected a port',
  ],
  ["a port", { ports: [1, 2.5] }, "a number in its ports is 2.5; expected a port"],
  [
    "a container port",
    { container: { portMappings: [{ containerPort: "x" }] } },
    'a number in its containerPort is "x"; expected a port',
  ],
  [
    "a port of discovery",
    { ipAddress: { discovery: { ports: [{ number: true }] } } },
    "a number in its ipAddress.discovery.ports is true; expected a port",
  ],
];
for (const [what, members, message] of noPorts) {
  Deno.test(`readApp: ${what} that is no number does not make the others those of other services`, () => {
    assert.throws(() => readApp({ id: "/web", ...members }), { name: "TypeError", message });
  });
}

const user = { docker: { network: "USER" } };
const bridge = { docker: { network: "BRIDGE" } };

const readNetworkingModeTable = [
  ["host", {}],
  ["host", { ipAddress: null, container: null, networks: null }],
  ["host", { ipAddress: {} }],
  ["container", { ipAddress: { networkName: "dcos" } }],
  ["container", { container: user }],
  ["container/bridge", { container: bridge }],
  ["host", { container: { docker: { network: "HOST" } } }],
  ["container", { ipAddress: { networkName: "dcos" }, container: { docker: { network: "HOST" } } }],
  ["container/bridge", { ipAddress: { networkName: "dcos" }, container: bridge }],
  ["host", { container: bridge, networks: [{ mode: "host" }] }],
  ["container/bridge", { container: user, networks: [{ mode: "container/bridge" }] }],
  ["container", { networks: [{ name: "dcos" }] }],
  ["container", { networks: [{ mode: "host" }, { name: "dcos" }] }],
  ["host", { networks: [{ mode: "container" }, { mode: "host" }] }],
  ["container/bridge", { container: bridge, networks: [] }],
  ["container/bridge", { container: bridge, networks: [null] }],
] as const;

for (const [expected, app] of readNetworkingModeTable) {
  Deno.test(`readNetworkingMode: ${expected} for ${JSON.stringify(app)}`, () => {
    assert.equal(readNetworkingMode(app), expected);
  });
}

const version = "2026-01-02T00:00:00.000Z";
const [older, fresh] = [
  { id: "older", state: "TASK_RUNNING", version: "2026-01-01T00:00:00.000Z" },
  { id: "fresh", state: "TASK_RUNNING", version },
];
const deploying = {
  id: "/web",
  version,
  readinessChecks: [{ name: "readinessCheck" }],
  deployments: [{ id: "one" }],
  tasks: [older, fresh],
};
const result = (taskId: string, ready: unknown) => ({ name: "readinessCheck", taskId, ready });
const readiness: [what: string, members: Record<string, unknown>, unready: string[]][] = [
  ["has not passed", { readinessCheckResults: [result("fresh", false)] }, ["fresh"]],
  ["has passed", { readinessCheckResults: [result("fresh", true)] }, []],
  ["has no result yet", { readinessCheckResults: [] }, ["fresh"]],
  ["is no boolean", { readinessCheckResults: [result("fresh", "true"), null, 7] }, ["fresh"]],
  ["has passed once of twice", {
    readinessCheckResults: [result("fresh", false), result("fresh", true)],
  }, ["fresh"]],
  ["has not passed for an older task either", {
    readinessCheckResults: [result("older", false), result("fresh", true)],
  }, ["older"]],
  ["was not asked for", {}, []],
  ["does not count without a deployment", {
    readinessCheckResults: [result("fresh", false)],
    deployments: [],
  }, []],
  ["does not count without a check", {
    readinessCheckResults: [result("fresh", false)],
    readinessChecks: [],
  }, []],
  ["of an app without a version is not missed", { readinessCheckResults: [], version: undefined }, []],
];
for (const [what, members, unready] of readiness) {
  Deno.test(`readApp: the readiness check ${what}`, () => {
    const { tasks, awaitsReadiness } = readApp({ ...deploying, ...members });
    assert.deepEqual(tasks.filter((task) => task.unready).map(({ id }) => id), unready);
    const awaits = members.deployments === undefined && members.readinessChecks === undefined;
    assert.equal(awaitsReadiness, awaits ? true : undefined);
  });
}

Deno.test("readAppValue: a task that was ready once stays so, in a roll-back and with a new leader", () => {
  const read = (members: Record<string, unknown>, before?: App) => {
    const known = new Map(before ? [[before.id, before]] : []);
    const reading = readAppValue({ ...deploying, ...members }, known, "nameless");
    assert.ok("app" in reading);
    return reading.app;
  };
  const unready = (app: App) => app.tasks.filter((task) => task.unready).map(({ id }) => id);
  const none = { readinessCheckResults: [] };
  const first = read(none);
  assert.deepEqual(unready(first), ["fresh"]);
  assert.equal(read(none, first), first);
  const passed = read({ readinessCheckResults: [result("fresh", true)] }, first);
  assert.deepEqual(unready(passed), []);
  // The new leader has no results, and checks once more.
  assert.deepEqual(unready(read(none, passed)), []);
  assert.deepEqual(unready(read({ readinessCheckResults: [result("fresh", false)] }, passed)), []);
  // A task that did not run yet was not ready.
  const staging = read({ ...none, deployments: [], tasks: [older, { ...fresh, state: "TASK_STAGING" }] });
  assert.deepEqual(unready(read(none, staging)), ["fresh"]);
});
