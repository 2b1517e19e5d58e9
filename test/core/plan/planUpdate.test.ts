import assert from "node:assert/strict";
import type { ConfigurationFiles } from "../../../lib/core/plan/ConfigurationFiles.ts";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";

const running: ConfigurationFiles = {
  text: "backend a\n  mode http\n",
  maps: { "domain2backend.map": "a.com a\n", "app2backend.map": "" },
};

const table: [what: string, next: ConfigurationFiles, reasons: string[]][] = [
  ["the same files", structuredClone(running), []],
  ["another text", { ...running, text: "backend a\n  mode tcp\n" }, ["backend a changed"]],
  [
    "another map",
    { ...running, maps: { ...running.maps, "domain2backend.map": "b.com a\n" } },
    ["domain2backend.map changed"],
  ],
  [
    "both",
    { text: "", maps: { "domain2backend.map": "", "app2backend.map": "/a a\n" } },
    ["backend a removed", "domain2backend.map changed", "app2backend.map changed"],
  ],
  ["another byte of white space", { ...running, text: `${running.text}\n` }, [
    "the order or layout of the configuration changed",
  ]],
];
for (const [what, next, reasons] of table) {
  Deno.test(`planUpdate: ${what}`, () => {
    assert.deepEqual(
      planUpdate(running, next),
      reasons.length === 0 ? { kind: "nothing" } : { kind: "reload", reasons },
    );
  });
}

Deno.test("planUpdate: without files there is something to do, even for an empty configuration", () => {
  const plan = planUpdate(undefined, { text: "", maps: { "domain2backend.map": "", "app2backend.map": "" } });
  assert.deepEqual(plan, { kind: "reload", reasons: ["there was no configuration"] });
});
