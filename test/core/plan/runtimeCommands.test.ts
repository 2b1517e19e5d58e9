import assert from "node:assert/strict";
import { runtimeCommands } from "../../../lib/core/plan/runtimeCommands.ts";
import { nextLeftovers } from "../../../lib/core/plan/nextLeftovers.ts";
import type { MapChange } from "../../../lib/core/plan/planMaps.ts";
import type { ServerChange } from "../../../lib/core/plan/ServerChange.ts";
import type { ServerLine } from "../../../lib/core/plan/ServerLine.ts";

const s: ServerLine = { name: "s", address: "10.0.0.1", port: 80, options: ["id", "7"], disabled: false };
const change = (kind: ServerChange["kind"], server: Partial<ServerLine> = {}): ServerChange => ({
  kind,
  backend: "b",
  server: { ...s, ...server },
});
const added = "New server registered.";
const pooling = "pool-max-conn -1 pool-purge-delay 5s";

const table: [what: string, change: ServerChange, expected: [text: string, answer: string][]][] = [
  ["a new server", change("add"), [
    [`add server b/s 10.0.0.1:80 id 7 ${pooling}`, added],
    ["enable server b/s", ""],
  ]],
  ["a new one that is checked", change("add", { options: ["check", "inter", "5s"] }), [
    [`add server b/s 10.0.0.1:80 check inter 5s ${pooling}`, added],
    ["enable server b/s", ""],
    ["enable health b/s", ""],
  ]],
  ["a new one that drains", change("add", { options: ["check"], disabled: true }), [
    [`add server b/s 10.0.0.1:80 check ${pooling}`, added],
    ["enable health b/s", ""],
  ]],
  ["a new one with a pool of its own", change("add", { options: ["pool-max-conn", "3"] }), [
    ["add server b/s 10.0.0.1:80 pool-max-conn 3", added],
    ["enable server b/s", ""],
  ]],
  ["one that comes back", change("return"), [["set server b/s state ready", ""]]],
  ["one that comes back to drain", change("return", { disabled: true }), []],
  ["one that goes", change("remove"), [["set server b/s state maint", ""]]],
  ["one that drains", change("disable", { disabled: true }), [["set server b/s state maint", ""]]],
  ["one that does not any more", change("enable"), [["set server b/s state ready", ""]]],
];
for (const [what, one, expected] of table) {
  Deno.test(`runtimeCommands: ${what}`, () => {
    const commands = runtimeCommands({ changes: [one], maps: [] }, "/etc/haproxy");
    assert.deepEqual(commands.map(({ text, expect }) => [text, expect]), expected);
  });
}

Deno.test("runtimeCommands: what comes stands before what goes, and maps stand last", () => {
  const map: MapChange = { file: "domain2backend.map", kind: "add", key: "a.test", value: "b" };
  const changes = [
    change("remove", { name: "gone" }),
    change("disable", { name: "drains" }),
    change("add", { name: "new" }),
    change("enable", { name: "back" }),
    change("return", { name: "again" }),
  ];
  const maps: MapChange[] = [map, { ...map, kind: "set" }, {
    ...map,
    kind: "del",
    value: "",
    file: "app2backend.map",
  }];
  const texts = runtimeCommands({ changes, maps }, "/etc/haproxy").map(({ text }) => text);
  assert.deepEqual(texts, [
    `add server b/new 10.0.0.1:80 id 7 ${pooling}`,
    "enable server b/new",
    "set server b/back state ready",
    "set server b/again state ready",
    "set server b/gone state maint",
    "set server b/drains state maint",
    "add map /etc/haproxy/domain2backend.map a.test b",
    "set map /etc/haproxy/domain2backend.map a.test b",
    "del map /etc/haproxy/app2backend.map a.test",
  ]);
});

Deno.test("nextLeftovers: those that go are remembered until they come back", () => {
  const before = new Map([["b/old", { ...s, name: "old" }], ["b/stays", { ...s, name: "stays" }]]);
  const changes = [
    change("remove", { name: "gone", disabled: true }),
    change("return", { name: "old" }),
    change("add", { name: "new" }),
    change("disable", { name: "drains" }),
    change("enable", { name: "back" }),
  ];
  const next = nextLeftovers(before, changes);
  assert.deepEqual([...next.keys()].sort(), ["b/gone", "b/stays"]);
  assert.equal(next.get("b/gone")!.disabled, true);
  assert.equal(before.size, 2);
});
