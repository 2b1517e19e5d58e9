import assert from "node:assert/strict";
import { describeChanges } from "../../../lib/core/plan/describeChanges.ts";

const backend = (name: string, ...servers: string[]) =>
  `\nbackend ${name}\n  mode http\n${servers.map((server) => `  server ${server}\n`).join("")}`;

const table: [what: string, before: string, after: string, expected: string[]][] = [
  ["a section more", backend("a"), backend("a") + backend("b"), ["backend b added"]],
  ["a section less", backend("a") + backend("b"), backend("b"), ["backend a removed"]],
  ["servers", backend("a", "x", "y"), backend("a", "y", "z", "w"), ["backend a (+2 -1 servers) changed"]],
  ["a server's address", backend("a", "x 1"), backend("a", "x 2"), ["backend a (+1 -1 servers) changed"]],
  ["another line", "global\n  maxconn 1\n", "global\n  maxconn 2\n", ["global changed"]],
  ["the order of sections", backend("a") + backend("b"), backend("b") + backend("a"), [
    "the order or layout of the configuration changed",
  ]],
  ["five sections", "", ["a", "b", "c", "d", "e"].map((name) => backend(name)).join(""), [
    "backend a added",
    "backend b added",
    "backend c added",
    "backend d added",
    "backend e added",
  ]],
  ["many sections", "", ["a", "b", "c", "d", "e", "f", "g"].map((name) => backend(name)).join(""), [
    "backend a added",
    "backend b added",
    "backend c added",
    "backend d added",
    "backend e added",
    "2 more",
  ]],
];
for (const [what, before, after, expected] of table) {
  Deno.test(`describeChanges: ${what}`, () => assert.deepEqual(describeChanges(before, after), expected));
}
