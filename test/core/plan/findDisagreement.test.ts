import assert from "node:assert/strict";
import type { ServerState } from "../../../lib/core/haproxy/parseServersState.ts";
import { findDisagreement } from "../../../lib/core/plan/findDisagreement.ts";
import type { ServerChange } from "../../../lib/core/plan/ServerChange.ts";
import type { ServerLine } from "../../../lib/core/plan/ServerLine.ts";

const server = (name: string, disabled = false): ServerLine => ({
  name,
  address: "10.0.0.1",
  port: 80,
  options: [],
  disabled,
});
const state = (name: string, inMaintenance = false, more: Partial<ServerState> = {}): ServerState => ({
  name,
  address: "10.0.0.1",
  port: 80,
  inMaintenance,
  ...more,
});
const change = (kind: ServerChange["kind"], name: string, disabled = false): ServerChange => ({
  kind,
  backend: "b",
  server: server(name, disabled),
});

const table: [
  what: string,
  state: ServerState[],
  servers: ServerLine[],
  changes: ServerChange[],
  expected: string | undefined,
][] = [
  ["all is well", [state("a")], [server("a")], [change("add", "a")], undefined],
  ["one is missing", [state("a")], [server("a"), server("b")], [], "server b is missing"],
  [
    "one is elsewhere",
    [state("a", false, { address: "10.0.0.9" })],
    [server("a")],
    [],
    "server a is at 10.0.0.9:80 instead of 10.0.0.1:80",
  ],
  [
    "one is at another port",
    [state("a", false, { port: 81 })],
    [server("a")],
    [],
    "server a is at 10.0.0.1:81 instead of 10.0.0.1:80",
  ],
  ["one that somebody put in maintenance", [state("a", true)], [server("a")], [], undefined],
  [
    "a new one in maintenance",
    [state("a", true)],
    [server("a")],
    [change("add", "a")],
    "server a is in maintenance",
  ],
  [
    "one that came back and is not there",
    [state("a", true)],
    [server("a")],
    [change("return", "a")],
    "server a is in maintenance",
  ],
  [
    "one that is still in maintenance",
    [state("a", true)],
    [server("a")],
    [change("enable", "a")],
    "server a is in maintenance",
  ],
  [
    "one that does not drain",
    [state("a")],
    [server("a", true)],
    [change("disable", "a", true)],
    "server a is not in maintenance",
  ],
  ["a new one that drains", [state("a", true)], [server("a", true)], [change("add", "a", true)], undefined],
  ["one that did not go", [state("a")], [], [change("remove", "a")], "server a is not in maintenance"],
  ["one that went", [state("a", true)], [], [change("remove", "a")], undefined],
  ["one that went altogether", [], [], [change("remove", "a")], undefined],
  ["one that nobody knows of", [state("a"), state("x")], [server("a")], [], undefined],
];
for (const [what, states, servers, changes, expected] of table) {
  Deno.test(`findDisagreement: ${what}`, () => {
    assert.equal(findDisagreement(states, servers, changes), expected);
  });
}
