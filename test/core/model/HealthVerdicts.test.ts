import assert from "node:assert/strict";
import { HealthVerdicts } from "../../../lib/core/model/HealthVerdicts.ts";

const report = (verdicts: Record<string, boolean>) => new Map(Object.entries(verdicts));

Deno.test("HealthVerdicts: the last verdict counts, an unknown task has none", () => {
  const verdicts = new HealthVerdicts(10);
  verdicts.update(report({ a: true, b: false }));
  verdicts.update(report({ a: false }));
  assert.deepEqual([verdicts.get("a"), verdicts.get("b"), verdicts.get("c")], [false, false, undefined]);
});

Deno.test("HealthVerdicts: what was neither reported nor asked for longest is forgotten first", () => {
  const verdicts = new HealthVerdicts(3);
  verdicts.update(report({ a: true, b: true, c: true }));
  verdicts.update(report({ a: true }));
  verdicts.get("b");
  verdicts.update(report({ d: true }));
  assert.deepEqual(["a", "b", "c", "d"].map((id) => verdicts.get(id)), [true, true, undefined, true]);
});

Deno.test("HealthVerdicts: more than fits in one report", () => {
  const verdicts = new HealthVerdicts(1);
  verdicts.update(report({ a: true, b: true }));
  assert.deepEqual([verdicts.get("a"), verdicts.get("b")], [undefined, true]);
});
