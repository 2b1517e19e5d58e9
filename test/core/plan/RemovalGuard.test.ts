import assert from "node:assert/strict";
import { countServed, isMassRemoval } from "../../../lib/core/plan/massRemoval.ts";
import { RemovalGuard } from "../../../lib/core/plan/RemovalGuard.ts";

function configuration(backends: number, servers = backends): string {
  const each = Array.from(
    { length: backends },
    (_, number) => `backend b${number}\n  server s${number} 10.0.0.1:80\n`,
  );
  const more = Array.from({ length: servers - backends }, (_, number) => `  server t${number} 10.0.0.2:80\n`);
  return `global\n  maxconn 1\n${each.join("")}${more.join("")}`;
}

Deno.test("countServed counts backends and servers", () => {
  assert.deepEqual(countServed(configuration(3, 5)), { backends: 3, servers: 5 });
  assert.deepEqual(countServed("global\n"), { backends: 0, servers: 0 });
});

const table: { before: [number, number]; after: [number, number]; removal: boolean }[] = [
  { before: [0, 0], after: [0, 0], removal: false },
  { before: [1, 1], after: [0, 0], removal: true },
  { before: [20, 20], after: [2, 2], removal: false },
  { before: [20, 20], after: [1, 1], removal: true },
  { before: [20, 20], after: [1, 2], removal: false },
  { before: [20, 20], after: [30, 1], removal: false },
];
for (const { before, after, removal } of table) {
  Deno.test(`from ${before} backends and servers to ${after} is ${removal ? "a" : "no"} mass removal`, () => {
    const [old, next] = [before, after].map(([backends, servers]) => ({
      backends: backends!,
      servers: servers!,
    }));
    assert.equal(isMassRemoval(old!, next!), removal);
  });
}

const [full, empty] = [{ backends: 20, servers: 20 }, { backends: 0, servers: 0 }];

Deno.test("RemovalGuard: an empty answer is held until another one agrees, the delay later", () => {
  const guard = new RemovalGuard(10_000);
  assert.equal(guard.hold(full, empty, 1_000), 10_000);
  assert.equal(guard.hold(full, empty, 4_000), 7_000);
  assert.equal(guard.hold(full, empty, 11_000), 0);
  assert.equal(guard.hold(full, empty, 12_000), 10_000, "the next one is held anew");
});

Deno.test("RemovalGuard: an answer with apps in between starts it over", () => {
  const guard = new RemovalGuard(10_000);
  guard.hold(full, empty, 1_000);
  assert.equal(guard.hold(full, full, 5_000), 0);
  assert.equal(guard.hold(full, empty, 11_500), 10_000);
});

Deno.test("RemovalGuard: nothing is held without anything in service, or with a delay of 0", () => {
  assert.equal(new RemovalGuard(10_000).hold(undefined, empty, 0), 0);
  assert.equal(new RemovalGuard(0).hold(full, empty, 0), 0);
});
