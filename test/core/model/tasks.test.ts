import assert from "node:assert/strict";
import { isIpv4 } from "../../../lib/core/addresses.ts";
import {
  HealthVerdicts,
  hostsToResolve,
  liveTasks,
  takesTraffic,
  taskPorts,
} from "../../../lib/core/model/tasks.ts";
import type { UnreachableTasks } from "../../../lib/core/model/context.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";
import { modelContext } from "./support/modelContext.ts";

const report = (verdicts: Record<string, boolean>) => new Map(Object.entries(verdicts));

Deno.test("HealthVerdicts: the last verdict counts, an unknown task has none", () => {
  const verdicts = new HealthVerdicts(10);
  verdicts.update(report({ a: true, b: false }));
  verdicts.update(report({ a: false }));
  assert.deepEqual([verdicts.get("a"), verdicts.get("b"), verdicts.get("c")], [false, false, undefined]);
});

Deno.test("HealthVerdicts: what was neither reported nor asked for longest is forgotten first", () => {
  const verdicts = new HealthVerdicts(3);
  verdicts.update(report({ a: true, b: true, c: true }));
  verdicts.update(report({ a: true }));
  verdicts.get("b");
  verdicts.update(report({ d: true }));
  assert.deepEqual(["a", "b", "c", "d"].map((id) => verdicts.get(id)), [true, true, undefined, true]);
});

Deno.test("HealthVerdicts: more than fits in one report", () => {
  const verdicts = new HealthVerdicts(1);
  verdicts.update(report({ a: true, b: true }));
  assert.deepEqual([verdicts.get("a"), verdicts.get("b")], [undefined, true]);
});

Deno.test("hostsToResolve: each name once; no addresses, no apps with an address for each task", () => {
  const on = (...hosts: (string | null)[]) => hosts.map((host) => marathonTask({ host }));
  const apps = [
    appOf({ tasks: on("agent-1", "10.0.0.1", null, "agent-2", "agent-1") }),
    appOf({ tasks: on("agent-2", "agent-3"), networks: [{ mode: "container/bridge" }] }),
    appOf({ tasks: on("agent-4"), networks: [{ mode: "container" }] }),
  ];
  assert.deepEqual([...hostsToResolve(apps)], ["agent-1", "agent-2", "agent-3"]);
});

for (const host of ["0.0.0.0", "10.0.0.1", "255.255.255.255", "192.168.100.249"]) {
  Deno.test(`isIpv4: ${host} is one`, () => assert.equal(isIpv4(host), true));
}
for (
  const host of ["", "agent", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4 ", "1.2.3.4\n", "::1", "a.1.2.3.4"]
) {
  Deno.test(`isIpv4: ${JSON.stringify(host)} is none`, () => assert.equal(isIpv4(host), false));
}

const ignored = (why: string, code = "task-unfit") => [
  { code, severity: "warning", app: "/web", message: `/web: task web.1 is ignored: ${why}` },
];

const table: [
  what: string,
  task: Record<string, unknown>,
  app: Record<string, unknown>,
  expected: { host: string; ip: string; ports: number[] } | { problems: unknown[] },
][] = [
  ["an address needs no look-up", {}, {}, { host: "10.0.0.1", ip: "10.0.0.1", ports: [31000] }],
  ["a name has an address", { host: "agent-1" }, {}, { host: "agent-1", ip: "10.0.9.1", ports: [31000] }],
  ["a name without an address", { host: "agent-2" }, {}, {
    problems: ignored('its host "agent-2" cannot be resolved to an IP address', "task-without-address"),
  }],
  ["an IPv6 address needs no look-up, and has one spelling", { host: "FD00:0:0::A" }, {}, {
    host: "fd00::a",
    ip: "fd00::a",
    ports: [31000],
  }],
  ["an IPv4 address in IPv6", { host: "::ffff:10.0.0.7" }, {}, {
    host: "10.0.0.7",
    ip: "10.0.0.7",
    ports: [31000],
  }],
  ["no host", { host: null }, {}, {
    problems: ignored("Marathon names no host for it", "task-without-address"),
  }],
  ["a host that is none", { host: "10.0.0.1:1 weight 256" }, {}, {
    problems: ignored('its host is "10.0.0.1:1 weight 256"; expected a host name or an address'),
  }],
  ["a host with a line break", { host: "a\nserver x 10.6.6.6" }, {}, {
    problems: ignored('its host is "a\\nserver x 10.6.6.6"; expected a host name or an address'),
  }],
  ["ports that are none", { ports: [31000, "1 backup"] }, {}, {
    problems: ignored('its ports are [31000,"1 backup"]; expected whole numbers'),
  }],
  ["container: an address that is none", { ipAddresses: [{ ipAddress: "unix@/var/run/haproxy/socket" }] }, {
    networks: [{ mode: "container" }],
  }, {
    problems: ignored('its IP address is "unix@/var/run/haproxy/socket"; expected an IPv4 or IPv6 address'),
  }],
  ["container: a name in place of its address", { ipAddresses: [{ ipAddress: "localhost" }] }, {
    networks: [{ mode: "container" }],
  }, { problems: ignored('its IP address is "localhost"; expected an IPv4 or IPv6 address') }],
  ["host: an address of its own counts for nothing", { ipAddresses: [{ ipAddress: "fe80::1%eth0" }] }, {}, {
    host: "10.0.0.1",
    ip: "10.0.0.1",
    ports: [31000],
  }],
  ["no ports", { ports: [] }, { portDefinitions: [] }, { problems: ignored("it has no ports") }],
  ["being killed", { state: "TASK_KILLING" }, {}, { problems: [] }],
  [
    "container: its own address, whatever the name of its host",
    {
      host: "agent-2",
      ipAddresses: [{ ipAddress: "192.168.0.5" }],
    },
    { networks: [{ mode: "container" }], container: { portMappings: [{ containerPort: 80 }] } },
    {
      host: "agent-2",
      ip: "192.168.0.5",
      ports: [80],
    },
  ],
  ["container: no address yet", { ipAddresses: [] }, { networks: [{ mode: "container" }] }, {
    problems: ignored("it has no IP address yet", "task-without-address"),
  }],
  ["bridge: the address of its host", { ipAddresses: [{ ipAddress: "172.17.0.2" }] }, {
    networks: [{ mode: "container/bridge" }],
  }, { host: "10.0.0.1", ip: "10.0.0.1", ports: [31000] }],
];
for (const [what, task, app, expected] of table) {
  Deno.test(`liveTasks: ${what}`, () => {
    const context = modelContext({ addresses: new Map([["agent-1", "10.0.9.1"]]) });
    const { live, problems } = liveTasks(appOf({ ...app, tasks: [marathonTask(task)] }), context);
    if ("problems" in expected) {
      assert.deepEqual(live, []);
      assert.deepEqual(problems, expected.problems);
    } else {
      assert.deepEqual(problems, []);
      assert.deepEqual(live.map(({ task: _, ...where }) => where), [expected]);
    }
  });
}

const health: [
  what: string,
  results: unknown,
  remembered: boolean | undefined,
  live: boolean,
  verdicts: boolean[],
][] = [
  ["alive", [{ alive: true }], undefined, true, [true]],
  ["one of two alive", [{ alive: false }, { alive: true }], undefined, true, [true]],
  ["dead, though once alive", [{ alive: false }], true, false, [false]],
  ["an empty list of results is a result", [], true, false, [false]],
  ["no results, once alive", null, true, true, []],
  ["no results, once dead", null, false, false, []],
  ["no results, never seen", null, undefined, false, []],
];
for (const [what, healthCheckResults, remembered, isLive, verdicts] of health) {
  const tasks = [marathonTask({ healthCheckResults })];
  const known = new Map(remembered === undefined ? [] : [["web.1", remembered]]);
  const healthChecks = [{ protocol: "TCP", portIndex: 0 }];

  Deno.test(`liveTasks: health, ${what}`, () => {
    const context = modelContext({ healthCheck: true, verdicts: known });
    const found = liveTasks(appOf({ healthChecks, tasks }), context);
    assert.equal(found.live.length, isLive ? 1 : 0);
    assert.deepEqual(
      found.verdicts.map(({ id, alive }) => [id, alive]),
      verdicts.map((alive) => ["web.1", alive]),
    );
    assert.deepEqual(found.problems, []);
  });

  Deno.test(`liveTasks: health, ${what}, without --health-check`, () => {
    assert.equal(liveTasks(appOf({ healthChecks, tasks }), modelContext({ verdicts: known })).live.length, 1);
    const context = modelContext({ healthCheck: true, verdicts: known });
    assert.equal(liveTasks(appOf({ tasks }), context).live.length, 1, "an app without checks");
  });
}

Deno.test("liveTasks: one bad task does not hide the next", () => {
  const tasks = [marathonTask({ id: "a", host: null }), marathonTask({ id: "b" })];
  const { live, problems } = liveTasks(appOf({ tasks }), modelContext());
  assert.deepEqual(live.map(({ task }) => task.id), ["b"]);
  assert.equal(problems.length, 1);
});

const serving = [undefined, "TASK_RUNNING", "TASK_LOST", "TASK_UNREACHABLE", "TASK_OF_TOMORROW", ""];
const idle = [
  "TASK_STAGING",
  "TASK_STARTING",
  "TASK_KILLING",
  "TASK_FINISHED",
  "TASK_FAILED",
  "TASK_KILLED",
  "TASK_ERROR",
  "TASK_DROPPED",
  "TASK_GONE",
  "TASK_GONE_BY_OPERATOR",
  "TASK_UNKNOWN",
];
for (const state of serving) {
  Deno.test(`takesTraffic: ${state} does`, () => assert.equal(takesTraffic(state), true));
}
for (const state of idle) {
  Deno.test(`takesTraffic: ${state} does not`, () => assert.equal(takesTraffic(state), false));
}

const sources = {
  portDefinitions: [{ port: 10001 }],
  container: { portMappings: [{ containerPort: 80 }, { hostPort: 1 }, { containerPort: 81 }] },
  ipAddress: { discovery: { ports: [{ number: 8080 }, { name: "x" }, { number: 8081 }] } },
};

const taskPortsTable: [
  mode: string,
  taskPorts: number[],
  absent: (keyof typeof sources)[],
  expected: number[],
][] = [
  ["host", [31000], [], [31000]],
  ["host", [], [], [10001]],
  ["host", [], ["portDefinitions"], []],
  ["container/bridge", [31000], [], [31000]],
  ["container/bridge", [], [], [10001]],
  ["container/bridge", [], ["portDefinitions"], [80, 81]],
  ["container/bridge", [], ["portDefinitions", "container"], []],
  ["container", [31000], [], [8080, 8081]],
  ["container", [31000], ["ipAddress"], [80, 81]],
  ["container", [31000], ["ipAddress", "container"], []],
];
for (const [mode, ports, absent, expected] of taskPortsTable) {
  Deno.test(`taskPorts: ${mode}, task ports ${ports}, without ${absent.join(" and ") || "nothing"}`, () => {
    const missing = Object.fromEntries(absent.map((name) => [name, null]));
    const app = appOf({ ...sources, ...missing, networks: [{ mode }], tasks: [{ id: "t", ports }] });
    assert.deepEqual(taskPorts(app, app.tasks[0]!), expected);
  });
}

const networks: [
  what: string,
  addresses: string[],
  taskNetworks: string[],
  expected: string,
  doubt: string | undefined,
][] = [
  ["one is no question", ["10.1.0.1"], ["10.2.0.0/16"], "10.1.0.1", undefined],
  ["the first IPv4 address", ["fd00::1", "10.1.0.1"], [], "10.1.0.1", undefined],
  ["no IPv4 address", ["fe80::1", "fd00::1"], [], "fd00::1", "fe80::1, fd00::1; fd00::1 is used"],
  ["two IPv4 addresses", ["10.1.0.1", "10.2.0.1"], [], "10.1.0.1", "10.1.0.1, 10.2.0.1; 10.1.0.1 is used"],
  ["one address twice", ["10.1.0.1", "10.1.0.1"], [], "10.1.0.1", undefined],
  ["what is no address does not count", ["x", "10.1.0.1"], [], "10.1.0.1", undefined],
  ["a network picks", ["10.1.0.1", "10.2.0.1"], ["10.2.0.0/16"], "10.2.0.1", undefined],
  ["an IPv6 network picks", ["10.1.0.1", "fd00::1"], ["fd00::/8"], "fd00::1", undefined],
  ["the first network wins", ["10.1.0.1", "10.2.0.1"], ["10.2.0.0/16", "10.1.0.0/16"], "10.2.0.1", undefined],
  [
    "none is in a network",
    ["10.1.0.1", "fd00::1"],
    ["10.9.0.0/16"],
    "10.1.0.1",
    "10.1.0.1, fd00::1, none of them in --task-networks; 10.1.0.1 is used",
  ],
];
for (const [what, addresses, taskNetworks, expected, doubt] of networks) {
  Deno.test(`liveTasks: several addresses: ${what}`, () => {
    const ipAddresses = addresses.map((ipAddress) => ({ ipAddress }));
    const tasks = ["a", "b"].map((id) => marathonTask({ id, ipAddresses }));
    const app = appOf({
      networks: [{ mode: "container" }],
      container: { portMappings: [{ containerPort: 80 }] },
      tasks,
    });
    const { live, problems } = liveTasks(app, modelContext({ taskNetworks }));
    assert.deepEqual(live.map(({ ip }) => ip), [expected, expected]);
    assert.deepEqual(
      problems.map(({ code, message }) => [code, message]),
      doubt === undefined ? [] : [["task-address-ambiguous", `/web: task a has the addresses ${doubt}`]],
    );
  });
}

const unreachable: [choice: UnreachableTasks | undefined, state: string, expected: (boolean | string)[]][] = [
  [undefined, "TASK_UNREACHABLE", [false]],
  ["keep", "TASK_UNREACHABLE", [false]],
  ["drain", "TASK_UNREACHABLE", [true]],
  ["drain", "TASK_RUNNING", [false]],
  ["remove", "TASK_UNREACHABLE", []],
  ["remove", "TASK_RUNNING", [false]],
  ["remove", "TASK_LOST", [false]],
];
for (const [unreachableTasks, state, expected] of unreachable) {
  Deno.test(`liveTasks: --unreachable-tasks ${unreachableTasks}, ${state}`, () => {
    const app = appOf({ tasks: [marathonTask({ state })] });
    const { live, problems } = liveTasks(app, modelContext({ unreachableTasks }));
    assert.deepEqual(live.map(({ task }) => task.draining), expected);
    assert.deepEqual(problems, []);
  });
}

for (const [ignoreReadiness, live] of [[undefined, []], [false, []], [true, ["web.1"]]] as const) {
  Deno.test(`liveTasks: a task that is not ready, --ignore-readiness-checks ${ignoreReadiness}`, () => {
    const version = "2026-01-01T00:00:00.000Z";
    const app = appOf({
      version,
      readinessChecks: [{}],
      deployments: [{ id: "one" }],
      readinessCheckResults: [],
      tasks: [marathonTask({ version })],
    });
    const found = liveTasks(app, modelContext({ ignoreReadiness }));
    assert.deepEqual(found.live.map(({ task }) => task.id), live);
    assert.deepEqual(found.problems, []);
  });
}
