import assert from "node:assert/strict";
import { liveTasks } from "../../../lib/core/model/liveTasks.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";
import { modelContext } from "./support/modelContext.ts";

const ignored = (why: string) => [
  { severity: "warning", app: "/web", message: `/web: task web.1 is ignored: ${why}` },
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
    problems: ignored('its host "agent-2" cannot be resolved to an IPv4 address'),
  }],
  ["no host", { host: null }, {}, { problems: ignored("Marathon names no host for it") }],
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
    problems: ignored("it has no IP address yet"),
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
    assert.deepEqual(found.verdicts, verdicts.map((alive) => ["web.1", alive]));
    assert.deepEqual(found.problems, []);
  });

  Deno.test(`liveTasks: health, ${what}, but nobody asks`, () => {
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
