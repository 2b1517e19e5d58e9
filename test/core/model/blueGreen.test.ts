import assert from "node:assert/strict";
import { mergeDeploymentGroups } from "../../../lib/core/model/blueGreen.ts";
import type { App } from "../../../lib/core/marathon/app.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";

interface Side {
  tasks: number;
  instances?: number;
  started?: string;
  target?: string;
  hybrid?: string;
  scaledAt?: string;
  group?: string;
  /** Health of each task, for a side with a health check. */
  alive?: boolean[];
}

function side(id: string, { tasks, instances = tasks, alive, ...rest }: Side): App {
  const labels = {
    HAPROXY_DEPLOYMENT_GROUP: rest.group ?? "shop",
    HAPROXY_DEPLOYMENT_STARTED_AT: rest.started ?? null,
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: rest.target ?? null,
    HAPROXY_DEPLOYMENT_NEW_INSTANCES: rest.hybrid ?? null,
  };
  return appOf({
    id,
    instances,
    labels,
    versionInfo: { lastScalingAt: rest.scaledAt ?? null },
    healthChecks: alive ? [{ protocol: "TCP", portIndex: 0 }] : [],
    // Backwards, to see them sorted.
    tasks: Array.from({ length: tasks }, (_, rank) =>
      marathonTask({
        id: `${id}.${rank}`,
        ...(alive && { healthCheckResults: [{ alive: alive[rank] ?? false }] }),
      })).reverse(),
  });
}

/** The tasks of the one app that comes out, draining ones with a `-`. */
function tasksOf(apps: readonly App[]): string[] {
  assert.equal(apps.length, 1);
  assert.equal(apps[0]!.id, "/shop");
  return apps[0]!.tasks.map((task) => `${task.draining ? "-" : ""}${task.id.slice(1)}`);
}

const [monday, tuesday] = ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"];

const drains: [what: string, blue: Side, green: Side, expected: string[]][] = [
  ["the new side is not there yet", { tasks: 2, started: monday }, { tasks: 0, started: tuesday }, [
    "blue.0",
    "blue.1",
  ]],
  ["one new instance lets one old task go", { tasks: 3, started: monday }, { tasks: 1, started: tuesday }, [
    "-blue.0",
    "blue.1",
    "blue.2",
    "green.0",
  ]],
  [
    "no more drain than the old side has",
    { tasks: 1, started: monday },
    { tasks: 3, instances: 3, started: tuesday },
    ["-blue.0", "green.2", "green.1", "green.0"],
  ],
  ["without a date the other side is the newer", { tasks: 1 }, { tasks: 1, started: monday }, [
    "-blue.0",
    "green.0",
  ]],
  [
    "a microsecond later is later",
    { tasks: 1, started: "2024-01-01T00:00:00.000001Z" },
    { tasks: 1, started: "2024-01-01T00:00:00.000002Z" },
    ["-blue.0", "green.0"],
  ],
  ["offsets count", { tasks: 1, started: "2024-01-01T12:00:00+12:00" }, {
    tasks: 1,
    started: "2024-01-01T02:00:00Z",
  }, ["-blue.0", "green.0"]],
  [
    "only new tasks that are alive count, where there are checks",
    { tasks: 3, started: monday },
    { tasks: 3, started: tuesday, alive: [true, false, true] },
    ["-blue.0", "-blue.1", "blue.2", "green.2", "green.1", "green.0"],
  ],
  [
    "a hybrid deployment keeps the old share: 4 wanted, 1 new, 4 old",
    { tasks: 4, started: monday, scaledAt: monday },
    { tasks: 1, started: tuesday, scaledAt: tuesday, hybrid: "1", target: "4" },
    ["-blue.0", "blue.1", "blue.2", "blue.3", "green.0"],
  ],
  [
    "a target that is not reached drains nothing",
    { tasks: 2, started: monday, scaledAt: monday },
    { tasks: 1, started: tuesday, scaledAt: tuesday, hybrid: "1", target: "8" },
    ["blue.0", "blue.1", "green.0"],
  ],
  [
    "a hybrid deployment that is scaled back: the sides swap, whatever the label's value",
    { tasks: 2, started: monday, scaledAt: tuesday, target: "2" },
    { tasks: 1, started: tuesday, scaledAt: monday, hybrid: "none", target: "99" },
    ["-green.0", "blue.1", "blue.0"],
  ],
];

for (const [what, blue, green, expected] of drains) {
  const sides = [side("/blue", blue), side("/green", green)];
  for (const apps of [sides, sides.toReversed()]) {
    Deno.test(`mergeDeploymentGroups: ${what} (${apps[0]!.id} first)`, () => {
      const merged = mergeDeploymentGroups(apps);
      assert.deepEqual(merged.problems, []);
      assert.deepEqual(tasksOf(merged.apps), expected);
    });
  }
}

const good: Side = { tasks: 1, started: monday, scaledAt: monday, target: "1" };
const faults: [what: string, bad: Side, message: string][] = [
  [
    "a date that is none",
    { tasks: 1, started: "tomorrow" },
    'HAPROXY_DEPLOYMENT_STARTED_AT is "tomorrow"; expected an ISO 8601 date',
  ],
  [
    "a target that is no number",
    { tasks: 1, started: tuesday, scaledAt: tuesday, hybrid: "1", target: "all" },
    'HAPROXY_DEPLOYMENT_TARGET_INSTANCES is "all"; expected a number of instances',
  ],
  [
    "a hybrid deployment without a target",
    { tasks: 1, started: tuesday, scaledAt: tuesday, hybrid: "1" },
    'HAPROXY_DEPLOYMENT_TARGET_INSTANCES is ""; expected a number of instances',
  ],
  [
    "a hybrid deployment of which Marathon does not say when it was scaled",
    { tasks: 1, started: tuesday, hybrid: "1", target: "1" },
    'versionInfo.lastScalingAt is ""; expected an ISO 8601 date',
  ],
];
for (const [what, bad, message] of faults) {
  const sides = [side("/blue", good), side("/green", bad)];
  for (const apps of [sides, sides.toReversed()]) {
    Deno.test(`mergeDeploymentGroups: ${what} leaves that side out (${apps[0]!.id} first)`, () => {
      const { apps: merged, problems } = mergeDeploymentGroups(apps);
      assert.deepEqual(tasksOf(merged), ["blue.0"]);
      assert.deepEqual(problems, [
        {
          code: "deployment-unreadable",
          severity: "excluded",
          app: "/green",
          message: `/green is left out: ${message}`,
        },
      ]);
    });
  }
}

Deno.test("mergeDeploymentGroups: a bad date shows before there is another side", () => {
  const { apps, problems } = mergeDeploymentGroups([side("/green", { tasks: 1, started: "soon" })]);
  assert.deepEqual(apps, []);
  assert.equal(problems[0]?.app, "/green");
});

Deno.test("mergeDeploymentGroups: an empty label counts as absent", () => {
  const app = appOf({ labels: { HAPROXY_DEPLOYMENT_GROUP: " " } });
  assert.deepEqual(mergeDeploymentGroups([app]), { apps: [app], problems: [] });
});

for (const group of ["two words", "/"]) {
  Deno.test(`mergeDeploymentGroups: ${JSON.stringify(group)} names no group`, () => {
    const { apps, problems } = mergeDeploymentGroups([
      appOf({ id: "/other" }),
      side("/blue", { tasks: 1, group }),
    ]);
    assert.deepEqual(apps.map((app) => app.id), ["/other"]);
    assert.deepEqual(problems.map(({ message }) => message), [
      `/blue is left out: HAPROXY_DEPLOYMENT_GROUP is ${JSON.stringify(group)};` +
      ' expected a name such as "web" or "/group/web"',
    ]);
  });
}

for (const group of ["web", "/web"]) {
  Deno.test(`mergeDeploymentGroups: a group ${group} is left out beside an app of that id outside it`, () => {
    const web = appOf({ id: "/web" });
    const { apps, problems } = mergeDeploymentGroups([side("/blue", { tasks: 1, group }), web]);
    assert.deepEqual(apps, [web]);
    assert.deepEqual(problems.map(({ severity, message }) => [severity, message]), [
      [
        "excluded",
        `/blue is left out: HAPROXY_DEPLOYMENT_GROUP is "${group}", which is the id of an app outside the group;` +
        " expected another name",
      ],
    ]);
  });
}

Deno.test("mergeDeploymentGroups: a group may have the id of an app in it", () => {
  const { apps, problems } = mergeDeploymentGroups([side("/shop", { tasks: 1 })]);
  assert.deepEqual(apps.map(({ id }) => id), ["/shop"]);
  assert.deepEqual(problems, []);
});

Deno.test("mergeDeploymentGroups: single apps first, then groups by their first app, with or without a slash", () => {
  const { apps } = mergeDeploymentGroups([
    side("/x-blue", { tasks: 1, group: "x" }),
    appOf({ id: "/single" }),
    side("/shop-blue", { tasks: 1, group: " shop " }),
    side("/x-green", { tasks: 1, group: "/x", started: monday }),
  ]);
  assert.deepEqual(apps.map((app) => app.id), ["/single", "/x", "/shop"]);
});

Deno.test("mergeDeploymentGroups: labels and ports are those of the old side", () => {
  const blue = { ...side("/blue", { tasks: 1, started: monday }), portDefinitions: [10001] };
  const green = { ...side("/green", { tasks: 1, started: tuesday }), portDefinitions: [10002] };
  const [app] = mergeDeploymentGroups([green, blue]).apps;
  assert.deepEqual(app?.portDefinitions, [10001]);
  assert.equal(app?.labels, blue.labels);
});
