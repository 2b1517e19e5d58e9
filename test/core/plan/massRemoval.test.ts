import assert from "node:assert/strict";
import { countServed, isMassRemoval, RemovalGuard } from "../../../lib/core/plan/massRemoval.ts";

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
const list = { partial: false };

Deno.test("RemovalGuard: an empty answer is held until another one agrees, the delay later", () => {
  const guard = new RemovalGuard(10_000);
  assert.equal(guard.hold(full, empty, 1_000, list), 10_000);
  assert.equal(guard.hold(full, empty, 4_000, list), 7_000);
  assert.equal(guard.hold(full, empty, 11_000, list), 0);
  assert.equal(guard.hold(full, empty, 12_000, list), 10_000, "the next one is held anew");
});

Deno.test("RemovalGuard: an answer with apps in between starts it over", () => {
  const guard = new RemovalGuard(10_000);
  guard.hold(full, empty, 1_000, list);
  assert.equal(guard.hold(full, full, 5_000, list), 0);
  assert.equal(guard.hold(full, empty, 11_500, list), 10_000);
});

Deno.test("RemovalGuard: nothing is held without anything in service, or with a delay of 0", () => {
  assert.equal(new RemovalGuard(10_000).hold(undefined, empty, 0, list), 0);
  assert.equal(new RemovalGuard(0).hold(full, empty, 0, list), 0);
});

const origin = { speaker: { url: "http://a" }, failures: 0, connections: 1 };
const led = { ...origin, speaker: { url: "http://a", leader: "http://a:8080" } };

/** Empty answers with a delay of 10 s: when, from where, and for how long each is held. */
const sequences: [
  what: string,
  answers: [at: number, answer: Parameters<RemovalGuard["hold"]>[3], held: number][],
][] = [
  ["the same Marathon, without a break", [
    [0, { origin, partial: false }, 10_000],
    [10_000, { origin: { ...origin }, partial: false }, 0],
  ]],
  ["only failures between", [
    [0, { origin, partial: false }, 10_000],
    [60_000, { origin: { ...origin, failures: 3 }, partial: false }, 10_000],
    [70_000, { origin: { ...origin, failures: 3 }, partial: false }, 0],
  ]],
  ["only failures between, of the same leader", [
    [0, { origin: led, partial: false }, 10_000],
    [60_000, { origin: { ...led, failures: 1 }, partial: false }, 10_000],
  ]],
  ["a failure between each answer and the next", [
    [0, { origin, partial: false }, 10_000],
    [9_000, { origin: { ...origin, failures: 1 }, partial: false }, 10_000],
    [18_000, { origin: { ...origin, failures: 2 }, partial: false }, 10_000],
    [27_000, { origin: { ...origin, failures: 3 }, partial: false }, 10_000],
  ]],
  ["another connection to the event stream, no leader named", [
    [0, { origin, partial: false }, 10_000],
    [10_000, { origin: { ...origin, connections: 3 }, partial: false }, 10_000],
    [20_000, { origin: { ...origin, connections: 3 }, partial: false }, 0],
  ]],
  ["another connection to the event stream, the same leader", [
    [0, { origin: led, partial: false }, 10_000],
    [10_000, { origin: { ...led, connections: 3 }, partial: false }, 0],
  ]],
  ["another leader", [
    [0, { origin: led, partial: false }, 10_000],
    [
      10_000,
      { origin: { ...led, speaker: { ...led.speaker, leader: "http://b:8080" } }, partial: false },
      10_000,
    ],
    [20_000, { origin: { ...led, speaker: { ...led.speaker, leader: "http://b:8080" } }, partial: false }, 0],
  ]],
  ["another URL, no leader named", [
    [0, { origin, partial: false }, 10_000],
    [10_000, { origin: { ...origin, speaker: { url: "http://b" } }, partial: false }, 10_000],
  ]],
  ["another URL, the same leader", [
    [0, { origin: led, partial: false }, 10_000],
    [10_000, { origin: { ...led, speaker: { ...led.speaker, url: "http://b" } }, partial: false }, 0],
  ]],
  ["an answer about some apps alone confirms nothing", [
    [0, { origin, partial: false }, 10_000],
    [5_000, { origin, partial: true }, 5_000],
    [12_000, { origin, partial: true }, 1_000],
    [13_000, { origin, partial: false }, 0],
  ]],
];
for (const [what, answers] of sequences) {
  Deno.test(`RemovalGuard: answers without services: ${what}`, () => {
    const guard = new RemovalGuard(10_000);
    const held = answers.map(([at, answer]) => guard.hold(full, empty, at, answer));
    assert.deepEqual(held, answers.map(([, , held]) => held));
  });
}
