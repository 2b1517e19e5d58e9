import fc from "fast-check";
import assert from "node:assert/strict";
import process from "node:process";
import { describeChanges, excerptDifferences } from "../../../lib/core/plan/describe.ts";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import { arbitraryApps } from "../render/support/arbitraryApps.ts";
import { generate } from "../render/support/generate.ts";

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

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const settings = { seed, numRuns: 300 };

const line = fc.constantFrom("  mode http\n", "  server a 1.2.3.4:5\n", "  server b 1.2.3.4:6\n", "\n");
const header = fc.constantFrom("defaults\n", "backend a\n", "backend b\n", "\nfrontend a\n", "frontend b\n");
/** Pieces that may begin a section or go on with one, hold several, and stand in a configuration more than once. */
const chunk = fc.array(fc.oneof(line, header), { minLength: 1, maxLength: 4 }).map((lines) => ({
  text: lines.join(""),
}));
const chunks = fc.array(chunk, { maxLength: 6 });

const whole = (pieces: readonly { text: string }[]) => pieces.map(({ text }) => text).join("");

Deno.test(`property: differences of chunks are those of whole texts (SEED=${seed})`, () => {
  const pair = fc.tuple(chunks, chunks, fc.nat({ max: 6 })).chain(([before, other, at]) =>
    // Mostly the same, as configurations that follow each other are.
    fc.constantFrom(
      [before, other],
      [before, [...before.slice(0, at), ...other.slice(0, 1), ...before.slice(at)]],
      [before, before.toSpliced(at, 1, ...other.slice(0, 1))],
      [before, before.toSpliced(at, 1)],
      [before, before.toReversed()],
    )
  );
  fc.assert(
    fc.property(pair, ([before, after]) => {
      assert.deepEqual(
        describeChanges(...excerptDifferences(before!, after!)),
        describeChanges(whole(before!), whole(after!)),
      );
    }),
    { ...settings, numRuns: 5_000 },
  );
});

Deno.test(`property: a plan made of chunks has the reasons of one made of texts (SEED=${seed})`, () => {
  const rendering = fc.record({
    bindHttpHttps: fc.boolean(),
    groupHttpsByVhost: fc.boolean(),
    haproxyMap: fc.boolean(),
  });
  fc.assert(
    fc.property(arbitraryApps, arbitraryApps, fc.nat(), rendering, (apps, others, cut, rendering) => {
      const ids = new Set(apps.map(({ id }) => id));
      const mixed = [...apps.slice(cut % (apps.length + 1)), ...others.filter(({ id }) => !ids.has(id))];
      const [before, after] = [generate({ apps }, {}, rendering), generate({ apps: mixed }, {}, rendering)];
      const byTexts = planUpdate(before, { text: after.text, maps: after.maps });
      assert.deepEqual(planUpdate(before, after, { configuration: before }), byTexts);
    }),
    settings,
  );
});

Deno.test("excerptDifferences: sections that do not differ are left out", () => {
  const many = Array.from({ length: 1_000 }, (_, index) => ({ text: `\nbackend b${index}\n  mode http\n` }));
  const after = many.with(500, { text: "\nbackend b500\n  mode tcp\n" });
  assert.deepEqual(excerptDifferences(many, after), [many[500]!.text, after[500]!.text]);
});

Deno.test("excerptDifferences: of a section with a changed rule only that rule is listed", () => {
  const rules = Array.from({ length: 1_000 }, (_, index) => ({ text: `  use_backend b${index}\n` }));
  const before = [{ text: "frontend in\n  mode http\n" }, ...rules, { text: "backend b0\n" }];
  const after = before.toSpliced(500, 0, { text: "  use_backend new\n" });
  assert.deepEqual(excerptDifferences(before, after), [
    "\nfrontend in\n",
    "\nfrontend in\n\nfrontend in\n  use_backend new\n",
  ]);
  assert.deepEqual(describeChanges(...excerptDifferences(before, after)), ["frontend in changed"]);
});
