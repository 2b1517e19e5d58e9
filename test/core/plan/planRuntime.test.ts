import assert from "node:assert/strict";
import { serviceOf } from "../model/support/serviceOf.ts";
import { planRuntime } from "../../../lib/core/plan/planRuntime.ts";
import type { RuntimeFacts } from "../../../lib/core/plan/RuntimeFacts.ts";
import type { ServerLine } from "../../../lib/core/plan/ServerLine.ts";
import { assembled } from "../../../lib/core/render/assembled.ts";
import type { Chunk, Configuration } from "../../../lib/core/render/Configuration.ts";

const head: Chunk = { text: "global\n\ndefaults\n  mode http\n" };

/** A backend of its own with so many servers. */
function backend(name: string, from: number, to: number): Chunk {
  const ranks = Array.from({ length: to - from }, (_, index) => from + index);
  const lines = ranks.map((rank) => `  server s${rank} 10.0.${rank >> 8}.${rank & 255}:80 id ${rank + 1}\n`);
  const service = serviceOf({
    appId: `/${name}`,
    backends: ranks.map((rank) => ({ host: "h", ip: "10.0.0.1", port: rank, draining: false })),
  });
  return { text: `\nbackend ${name}\n${lines.join("")}`, service, backend: true };
}

function configuration(chunks: readonly Chunk[], domains = ""): Configuration {
  return assembled({
    chunks: [head, ...chunks],
    maps: { "domain2backend.map": domains, "app2backend.map": "" },
    problems: [],
  });
}

function facts(leftovers = 0): RuntimeFacts {
  const server: ServerLine = { name: "s", address: "10.9.9.9", port: 1, options: [], disabled: false };
  return {
    leftovers: new Map(Array.from({ length: leftovers }, (_, rank) => [`gone/s${rank}`, server])),
    dynamicCookies: false,
    haproxyDir: "/etc/haproxy",
  };
}

Deno.test("planRuntime: changes of several backends and of maps are one plan", () => {
  const plan = planRuntime(
    configuration([backend("a", 0, 2), backend("b", 0, 1), backend("c", 0, 1)], "x a\n"),
    configuration([backend("a", 1, 2), backend("b", 0, 1), backend("c", 0, 2)], "x a\ny c\n"),
    facts(),
  );
  assert.ok(!("why" in plan), JSON.stringify(plan));
  const told = plan.changes.map(({ kind, backend, server }) => `${kind} ${backend}/${server.name}`);
  assert.deepEqual(told, ["remove a/s0", "add c/s1"]);
  assert.deepEqual([...plan.backends.keys()], ["a", "c"]);
  assert.deepEqual(plan.maps.map(({ kind, key }) => `${kind} ${key}`), ["add y"]);
});

const reloads: [what: string, before: Configuration, after: Configuration, why: RegExp][] = [
  [
    "a chunk more",
    configuration([backend("a", 0, 1)]),
    configuration([backend("a", 0, 1), backend("b", 0, 1)]),
    /^sections or rules came or went$/,
  ],
  [
    "a chunk that is no backend",
    configuration([{ text: "\nfrontend a\n" }]),
    configuration([{ text: "\nfrontend a\n  mode tcp\n" }]),
    /^more than servers changed$/,
  ],
  [
    "another order",
    configuration([backend("a", 0, 1), backend("b", 0, 1)]),
    configuration([backend("b", 0, 1), backend("a", 0, 1)]),
    /^more than servers changed in backend b$/,
  ],
  [
    "a backend that cannot be changed",
    configuration([backend("a", 0, 1)]),
    configuration([{ ...backend("a", 0, 1), text: "\nbackend a\n  server s0 agent:80\n" }]),
    /own reading in backend a$/,
  ],
  [
    "a key that stands twice",
    configuration([backend("a", 0, 1)], "x a\n"),
    configuration([backend("a", 0, 1)], "x a\nx b\n"),
    /^a key stands twice in a map$/,
  ],
];
for (const [what, before, after, why] of reloads) {
  Deno.test(`planRuntime: a reload for ${what}`, () => {
    const plan = planRuntime(before, after, facts());
    assert.ok("why" in plan);
    assert.match(plan.why, why);
  });
}

const limits: [what: string, servers: number, waiting: number, removed: number, fits: boolean][] = [
  ["a hundred may always wait", 10, 99, 1, true],
  ["more may not in a small cluster", 10, 100, 1, false],
  ["nor all at once", 150, 0, 101, false],
  ["as many as a tenth of a large one may", 2_000, 199, 1, true],
  ["but no more", 2_000, 200, 1, false],
];
for (const [what, servers, waiting, removed, fits] of limits) {
  Deno.test(`planRuntime: of removed servers ${what}`, () => {
    const [before, after] = [backend("a", 0, servers + removed), backend("a", removed, servers + removed)];
    const plan = planRuntime(configuration([before]), configuration([after]), facts(waiting));
    if (fits) assert.ok(!("why" in plan), JSON.stringify(plan));
    else {
      assert.ok("why" in plan);
      assert.equal(plan.why, `${waiting + removed} removed servers wait in HAProxy, a reload forgets them`);
    }
  });
}
