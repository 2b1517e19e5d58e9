import assert from "node:assert/strict";
import type { App } from "../../../lib/core/marathon/app.ts";
import {
  type AppReading,
  type Cluster,
  compareClusters,
  readApps,
  updateCluster,
} from "../../../lib/core/marathon/cluster.ts";
import { type Problem, problemOf } from "../../../lib/core/problem.ts";
import { appOf } from "../model/support/appOf.ts";
import { marathonApp } from "../model/support/marathonApp.ts";

for (
  const answer of [undefined, null, 17, "apps", [], {}, { apps: null }, { apps: {} }, { message: "down" }]
) {
  Deno.test(`readApps: ${JSON.stringify(answer)} as a whole is no list of apps`, () => {
    assert.throws(() => readApps(answer), {
      name: "TypeError",
      message: /^Marathon's answer is .*expected \{/,
    });
  });
}

Deno.test("readApps: an empty list is a list", () => {
  assert.deepEqual(readApps({ apps: [] }), { apps: [], problems: [] });
});

Deno.test("readApps: an app that does not fit is left out alone, and named by id or by position", () => {
  const { apps, problems } = readApps({
    apps: [
      marathonApp({ id: "/a" }),
      null,
      marathonApp({ id: "no-slash" }),
      marathonApp({ id: 7 }),
      marathonApp({ id: "/labels", labels: ["x"] }),
      marathonApp({ id: "/label", labels: { HAPROXY_GROUP: 3 } }),
      marathonApp({ id: "/z" }),
    ],
  });
  assert.deepEqual(apps.map((app) => app.id), ["/a", "/z"]);
  assert.deepEqual(
    problems,
    [
      {
        app: "app number 2 of the answer",
        message: "app number 2 of the answer is left out: expected an object, found null",
      },
      {
        app: "no-slash",
        message: 'no-slash is left out: its id is "no-slash"; expected a path such as "/group/app"',
      },
      {
        app: "app number 4 of the answer",
        message: 'app number 4 of the answer is left out: its id is 7; expected a path such as "/group/app"',
      },
      {
        app: "/labels",
        message: '/labels is left out: its labels are ["x"]; expected an object of strings',
      },
      { app: "/label", message: "/label is left out: its label HAPROXY_GROUP is 3; expected a string" },
    ].map((problem) => ({ code: "app-unreadable", severity: "excluded", ...problem })),
  );
});

const [a, b, c] = ["/a", "/b", "/c"].map((id) => appOf({ id }));
const problem = (app: string, message = "does not fit"): Problem =>
  problemOf("app-unreadable", { app }, message);

const clusterOf = (apps: readonly App[], problems: readonly Problem[] = []): Cluster => ({
  apps: new Map(apps.map((app) => [app.id, app])),
  problems: new Map(problems.map((problem) => [problem.app, problem])),
});
const ids = ({ apps }: Cluster) => [...apps.keys()];
const told = (changes: readonly { before?: App; after?: App }[]) =>
  changes.map(({ before, after }) => [before?.id, after?.id]);

const other = appOf({ id: "/a", instances: 7 });
const table: [
  what: string,
  before: Cluster,
  readings: Record<string, AppReading>,
  apps: string[],
  problems: string[],
  changes: (string | undefined)[][],
][] = [
  ["another app", clusterOf([a!, b!]), { "/a": { app: other } }, ["/a", "/b"], [], [["/a", "/a"]]],
  ["a new app stands last", clusterOf([b!]), { "/a": { app: a! } }, ["/b", "/a"], [], [[undefined, "/a"]]],
  ["one that is gone", clusterOf([a!, b!]), { "/a": { gone: true } }, ["/b"], [], [["/a", undefined]]],
  ["one that does not fit any more", clusterOf([a!, b!]), { "/a": { problem: problem("/a") } }, ["/b"], [
    "/a",
  ], [
    ["/a", undefined],
  ]],
  ["one that fits again", clusterOf([b!], [problem("/a")]), { "/a": { app: a! } }, ["/b", "/a"], [], [
    [undefined, "/a"],
  ]],
  ["a new one that does not fit", clusterOf([b!]), { "/a": { problem: problem("/a") } }, ["/b"], ["/a"], []],
  ["another problem", clusterOf([], [problem("/a")]), { "/a": { problem: problem("/a", "other") } }, [], [
    "/a",
  ], []],
  ["a problem that is gone", clusterOf([], [problem("/a")]), { "/a": { gone: true } }, [], [], []],
  [
    "several",
    clusterOf([a!, b!]),
    { "/a": { app: other }, "/b": { gone: true }, "/c": { app: c! } },
    ["/a", "/c"],
    [],
    [
      ["/a", "/a"],
      ["/b", undefined],
      [undefined, "/c"],
    ],
  ],
];
for (const [what, before, readings, apps, problems, changes] of table) {
  Deno.test(`updateCluster: ${what}`, () => {
    const copy = structuredClone([ids(before), [...before.problems.keys()]]);
    const reading = updateCluster(before, new Map(Object.entries(readings)));
    assert.equal(reading.partial, true);
    assert.deepEqual(ids(reading.cluster), apps);
    assert.deepEqual([...reading.cluster.problems.keys()], problems);
    assert.deepEqual(told(reading.changes), changes);
    assert.deepEqual(
      [ids(before), [...before.problems.keys()]],
      copy,
      "the cluster before is left as it was",
    );
    for (const { before: earlier, after } of reading.changes) {
      if (earlier) assert.equal(earlier, before.apps.get(earlier.id));
      if (after) assert.equal(after, reading.cluster.apps.get(after.id));
    }
  });
}

Deno.test("updateCluster: no news leave the cluster the object that it was", () => {
  const before = clusterOf([a!], [problem("/b")]);
  for (
    const readings of [{}, { "/a": { app: a! } }, { "/b": { problem: problem("/b") } }, {
      "/x": { gone: true },
    }]
  ) {
    const reading = updateCluster(before, new Map(Object.entries(readings as Record<string, AppReading>)));
    assert.equal(reading.cluster, before);
    assert.deepEqual(reading.changes, []);
  }
});

Deno.test("updateCluster: another message of a problem takes the place of the first", () => {
  const { cluster } = updateCluster(
    clusterOf([], [problem("/a")]),
    new Map([["/a", { problem: problem("/a", "other") }]]),
  );
  assert.equal(cluster.problems.get("/a")!.message, "other");
});

Deno.test("compareClusters: apps that came, went, or are other objects", () => {
  const changes = compareClusters(clusterOf([a!, b!]), clusterOf([c!, other]));
  assert.deepEqual(told(changes), [[undefined, "/c"], ["/a", "/a"], ["/b", undefined]]);
  assert.deepEqual(compareClusters(clusterOf([a!, b!]), clusterOf([b!, a!])), [], "another order");
});
