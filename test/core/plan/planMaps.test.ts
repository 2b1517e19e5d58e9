import assert from "node:assert/strict";
import { planMaps } from "../../../lib/core/plan/planMaps.ts";

const maps = (domains: string, apps = "") => ({ "domain2backend.map": domains, "app2backend.map": apps });

const table: [what: string, before: string, after: string, expected: string[] | undefined][] = [
  ["nothing", "a x\n", "a x\n", []],
  ["another order", "a x\nb y\n", "b y\na x\n", []],
  ["a new key", "a x\n", "a x\nb y\n", ["add b y"]],
  ["the first key", "", "a x\n", ["add a x"]],
  ["a key that goes", "a x\nb y\n", "a x\n", ["del b"]],
  ["another value", "a x\n", "a y\n", ["set a y"]],
  ["all together", "a x\nb y\nc z\n", "d w\na y\nc z\n", ["add d w", "set a y", "del b"]],
  ["a key that stands twice", "a x\n", "a x\na y\n", undefined],
  ["a key that stood twice", "a x\na y\n", "a x\n", undefined],
  ["a key that stands twice in what stays", "a x\na y\n", "a x\na y\n", []],
];
for (const [what, before, after, expected] of table) {
  Deno.test(`planMaps: ${what}`, () => {
    for (
      const [earlier, later, file] of [
        [maps(before), maps(after), "domain2backend.map"],
        [maps("", before), maps("", after), "app2backend.map"],
      ] as const
    ) {
      const changes = planMaps(earlier, later);
      assert.deepEqual(changes?.map(({ kind, key, value }) => `${kind} ${key} ${value}`.trim()), expected);
      assert.ok((changes ?? []).every((change) => change.file === file));
    }
  });
}
