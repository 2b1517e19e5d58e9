import assert from "node:assert/strict";
import { type App, readApp } from "../../../lib/core/marathon/app.ts";
import { servicePorts } from "../../../lib/core/model/ports.ts";
import { asIfRunning, FreePorts, withTask } from "../../../lib/core/validate/asIfRunning.ts";

const app = (members: Record<string, unknown>): App => readApp({ id: "/web", ...members });
const running = (members: Record<string, unknown>, current?: Record<string, unknown>) =>
  asIfRunning(app(members), current && app(current), new FreePorts([10_000]));

const ports: [title: string, members: Record<string, unknown>, expected: number[], assigned: number[]][] = [
  ["those that it names", { portDefinitions: [{ port: 9001 }, { port: 9002 }] }, [9001, 9002], []],
  ["Marathon's for 0", { portDefinitions: [{ port: 0 }, { port: 9002 }, { port: 0 }] }, [
    10_001,
    9002,
    10_002,
  ], [
    10_001,
    10_002,
  ]],
  ["one of Marathon's where none is named", {}, [10_001], [10_001]],
  ["none where it says so", { portDefinitions: [] }, [], []],
  ["the old way", { ports: [7000] }, [7000], []],
  [
    "behind a bridge",
    {
      networks: [{ mode: "container/bridge" }],
      container: { portMappings: [{ containerPort: 80 }, { containerPort: 81, servicePort: 9001 }] },
    },
    [10_001, 9001],
    [10_001],
  ],
  ["behind a bridge without a mapping", { networks: [{ mode: "container/bridge" }] }, [10_001], [10_001]],
  [
    "a network of its own",
    {
      networks: [{ mode: "container", name: "dcos" }],
      container: { portMappings: [{ containerPort: 80, servicePort: 9001 }] },
    },
    [9001],
    [],
  ],
  ["a network of its own without a mapping", { networks: [{ mode: "container", name: "dcos" }] }, [], []],
];
for (const [title, members, expected, assigned] of ports) {
  Deno.test(`as if running: service ports: ${title}`, () => {
    const { app, assigned: unknown } = running(members);
    assert.deepEqual(servicePorts(app, undefined), expected);
    assert.deepEqual([...unknown], assigned);
    const tasks = app.tasks.map(({ ports, alive, state }) => [ports.length, alive, state]);
    assert.deepEqual(tasks, expected.length === 0 ? [] : [[expected.length, true, "TASK_RUNNING"]]);
  });
}

const task = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  host: "10.0.0.1",
  state: "TASK_RUNNING",
  ports: [31_500],
  ...more,
});

Deno.test("as if running: what Marathon has keeps its port and its tasks, as healthy ones", () => {
  const unhealthy = task("a", { healthCheckResults: [{ alive: false }] });
  const { app, assigned } = running({ portDefinitions: [{ port: 0 }] }, {
    portDefinitions: [{ port: 10_007 }],
    tasks: [unhealthy, task("b", { state: "TASK_STAGING" })],
  });
  assert.deepEqual([app.portDefinitions, [...assigned]], [[10_007], []]);
  assert.deepEqual(app.tasks.map(({ id, alive }) => [id, alive]), [["a", true]]);
});

Deno.test("as if running: tasks of other ports or another network are no tasks of the new definition", () => {
  const current = { portDefinitions: [{ port: 9001 }], tasks: [task("a")] };
  const two = running({ portDefinitions: [{ port: 9001 }, { port: 9002 }] }, current);
  assert.deepEqual(two.app.tasks.map(({ host, ports }) => [host, ports.length]), [["192.0.2.1", 2]]);
  const bridge = running({ networks: [{ mode: "container/bridge" }] }, current);
  assert.equal(bridge.app.tasks[0]!.host, "192.0.2.1");
});

Deno.test("withTask: an app without a running task gets one, and its ports stay", () => {
  const { tasks, portDefinitions } = withTask(app({ portDefinitions: [{ port: 0 }], tasks: [] }));
  assert.deepEqual([tasks.length, tasks[0]!.ports.length, portDefinitions], [1, 1, [0]]);
});
