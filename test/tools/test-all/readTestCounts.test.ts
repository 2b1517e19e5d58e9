import assert from "node:assert/strict";
import { readTestCounts } from "../../../tools/test-all/readTestCounts.ts";

const cases: [name: string, output: string, counts: ReturnType<typeof readTestCounts>][] = [
  ["passed", "ok | 226 passed | 0 failed (3s)\n", { passed: 226, failed: 0, skipped: 0 }],
  ["failed", "FAILED | 20 passed | 2 failed (450ms)\n", { passed: 20, failed: 2, skipped: 0 }],
  ["steps are no tests", "FAILED | 3 passed (12 steps) | 1 failed (2 steps) (1m12s)", {
    passed: 3,
    failed: 1,
    skipped: 0,
  }],
  ["ignored and filtered", "ok | 5 passed | 0 failed | 4 ignored | 7 filtered out (2s)\n\n", {
    passed: 5,
    failed: 0,
    skipped: 4,
  }],
  [
    "with colours",
    "\x1b[0m\x1b[32mok\x1b[0m | 7 passed (2 steps) | 0 failed | 1 ignored \x1b[0m\x1b[38;5;245m(15ms)\x1b[0m\r\n",
    { passed: 7, failed: 0, skipped: 1 },
  ],
  ["no test at all", "ok | 0 passed | 0 failed (0ms)\n", { passed: 0, failed: 0, skipped: 0 }],
  ["the last of several", "ok | 1 passed | 0 failed (1s)\nnoise\nok | 2 passed | 0 failed (1s)\nbye\n", {
    passed: 2,
    failed: 0,
    skipped: 0,
  }],
  ["none inside a line", "a test printed ok | 1 passed | 0 failed (1s)\n", undefined],
  ["none after a crash", "running 3 tests from ./a.test.ts\nerror: Uncaught\n", undefined],
  ["none without output", "", undefined],
];

for (const [name, output, counts] of cases) {
  Deno.test(`counts of deno test: ${name}`, () => assert.deepEqual(readTestCounts(output), counts));
}
