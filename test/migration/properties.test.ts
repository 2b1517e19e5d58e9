import fc from "fast-check";
import assert from "node:assert/strict";
import { compareConfigurations } from "../../lib/migration/compare.ts";
import { isInEffect } from "../../lib/migration/report.ts";
import { arbitraryApps } from "../core/render/support/arbitraryApps.ts";
import { generate } from "../core/render/support/generate.ts";
import { renderContext } from "../core/render/support/renderContext.ts";
import { generatedLines, inAnotherLayout } from "./support/layout.ts";

const runs = { numRuns: 60 };
const nothingKnown = { apps: new Map(), closedPorts: new Set<string>(), problems: [] };

const configurations = fc.record({
  apps: arbitraryApps,
  groupHttpsByVhost: fc.boolean(),
  haproxyMap: fc.boolean(),
}).map(({ apps, ...rendering }) => {
  const head = { ...renderContext({}).head, supervised: true };
  const { text, maps } = generate({ apps }, { groups: ["*"] }, { ...rendering, head });
  return { text, maps: { ...maps } };
});

Deno.test("property: a configuration does not differ from itself, in whatever layout", () => {
  fc.assert(
    fc.property(configurations, fc.infiniteStream(fc.nat()), (side, numbers) => {
      assert.deepEqual(compareConfigurations(side, side, nothingKnown), []);
      const next = () => numbers.next().value as number;
      const other = { ...side, text: inAnotherLayout(side.text, next) };
      assert.deepEqual(compareConfigurations(side, other, nothingKnown), []);
      assert.deepEqual(compareConfigurations(other, side, nothingKnown), []);
    }),
    runs,
  );
});

Deno.test("property: whatever single line is lost or says something else is found", () => {
  const mutations = fc.record({ side: configurations, at: fc.nat(), alter: fc.boolean() });
  let tried = 0;
  fc.assert(
    fc.property(mutations, ({ side, at, alter }) => {
      const lines = side.text.split("\n");
      const candidates = generatedLines(lines, alter);
      const index = candidates[at % candidates.length]!;
      const line = lines[index]!;
      const mutated = alter ? lines.with(index, `${line}x`) : lines.toSpliced(index, 1);
      const found = compareConfigurations(side, { ...side, text: mutated.join("\n") }, nothingKnown);
      assert.ok(found.some(isInEffect), `${alter ? "altered" : "removed"} and not found: ${line}`);
      tried++;
    }),
    { numRuns: 300 },
  );
  assert.ok(tried >= 300);
});

Deno.test("property: whatever entry a map loses is found", () => {
  fc.assert(
    fc.property(configurations, fc.nat(), (side, at) => {
      const lines = side.maps["domain2backend.map"].split("\n").filter((line) => line !== "");
      // Of lines with one key only the first counts.
      const first = lines.findIndex((line) => line === lines[at % lines.length]);
      if (lines.length === 0) return;
      const lost = lines[first]!.split(" ")[0]!;
      const maps = {
        ...side.maps,
        "domain2backend.map": lines.filter((line) => !line.startsWith(`${lost} `)).join("\n"),
      };
      const found = compareConfigurations(side, { ...side, maps }, nothingKnown);
      assert.deepEqual(found.map(({ kind, section, what }) => ({ kind, section, what })), [
        { kind: "lost", section: "domain2backend.map", what: lost },
      ]);
    }),
    runs,
  );
});
