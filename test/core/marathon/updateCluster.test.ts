import assert from "node:assert/strict";
import type { App } from "../../../lib/core/marathon/App.ts";
import type { Cluster } from "../../../lib/core/marathon/Cluster.ts";
import { compareClusters } from "../../../lib/core/marathon/compareClusters.ts";
import { type AppReading, updateCluster } from "../../../lib/core/marathon/updateCluster.ts";
import type { Problem } from "../../../lib/core/problem/Problem.ts";
import { appOf } from "../model/support/appOf.ts";

const [a, b, c] = ["/a", "/b", "/c"].map((id) => appOf({ id }));
const problem = (app: string, message = "does not fit"): Problem => ({ severity: "excluded", app, message });

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
