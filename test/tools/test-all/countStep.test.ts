import assert from "node:assert/strict";
import { countStep } from "../../../tools/test-all/countStep.ts";
import { describeCounts } from "../../../tools/test-all/describeCounts.ts";

const cases: [name: string, step: Parameters<typeof countStep>[0], counts: string][] = [
  ["a check that is clean", { runsTests: false, ok: true, output: "Checked 3 files" }, "1 passed, 0 failed"],
  ["a check that is not", { runsTests: false, ok: false, output: "" }, "0 passed, 1 failed"],
  [
    "what a check prints",
    { runsTests: false, ok: true, output: "ok | 9 passed | 0 failed (1s)" },
    "1 passed, 0 failed",
  ],
  [
    "tests that pass",
    { runsTests: true, ok: true, output: "ok | 9 passed | 0 failed (1s)" },
    "9 passed, 0 failed",
  ],
  [
    "tests of which some fail",
    { runsTests: true, ok: false, output: "FAILED | 7 passed | 2 failed | 1 ignored (1s)" },
    "7 passed, 2 failed, 1 skipped",
  ],
  ["tests that crash", { runsTests: true, ok: false, output: "error: Uncaught" }, "0 passed, 1 failed"],
  [
    "a failure that is no test's",
    { runsTests: true, ok: false, output: "ok | 4 passed | 0 failed (1s)" },
    "4 passed, 1 failed",
  ],
  ["tests that say nothing", { runsTests: true, ok: true, output: "" }, "0 passed, 1 failed"],
];

for (const [name, step, counts] of cases) {
  Deno.test(`what a step counts: ${name}`, () => assert.equal(describeCounts(countStep(step)), counts));
}
