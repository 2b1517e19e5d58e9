import assert from "node:assert/strict";
import {
  add,
  countStep,
  describeCounts,
  readFailures,
  readSum,
  readTestCounts,
} from "../../../tools/test-all/counts.ts";

const outputCases: [name: string, output: string, counts: ReturnType<typeof readTestCounts>][] = [
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

for (const [name, output, counts] of outputCases) {
  Deno.test(`counts of deno test: ${name}`, () => assert.deepEqual(readTestCounts(output), counts));
}

const stepCases: [name: string, step: Parameters<typeof countStep>[0], counts: string][] = [
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

for (const [name, step, counts] of stepCases) {
  Deno.test(`what a step counts: ${name}`, () => assert.equal(describeCounts(countStep(step)), counts));
}

Deno.test("counts of deno task test: its last line, with colours or without", () => {
  assert.deepEqual(readSum("ok | 9 passed | 0 failed (1s)\n\n10 passed, 2 failed, 3 skipped\n"), {
    passed: 10,
    failed: 2,
    skipped: 3,
  });
  assert.deepEqual(readSum("\x1b[0m7 passed, 0 failed\x1b[0m\r\n\n"), { passed: 7, failed: 0, skipped: 0 });
  for (const output of ["", "3 passed, 0 failed\nerror: Uncaught\n", "it has 3 passed, 0 failed"]) {
    assert.equal(readSum(output), undefined, output);
  }
});

Deno.test("counts of two runs are added", () => {
  const sum = add({ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 });
  assert.deepEqual(sum, { passed: 11, failed: 22, skipped: 33 });
});

Deno.test("failures of deno test: each with its title, file and error, long ones cut, none where none failed", () => {
  const output = [
    "one ... FAILED (7ms)",
    "",
    "\x1b[0m\x1b[1m\x1b[37m\x1b[41m ERRORS \x1b[0m",
    "",
    "one => ./a.test.ts:2:6",
    "error: AssertionError: 1 !== 2",
    "    at file:///a.test.ts:2:38",
    "",
    "two ... inner => ./a.test.ts:3:41",
    "error: TypeError: x",
    ...Array.from({ length: 99 }, (_, index) => `line ${index}`),
    "",
    " FAILURES ",
    "",
    "one => ./a.test.ts:2:6",
    "",
    "FAILED | 1 passed | 2 failed (1 step) (18ms)",
  ].join("\n");
  const [one, two, ...none] = readFailures(output);
  assert.equal(one, "one => ./a.test.ts:2:6\nerror: AssertionError: 1 !== 2\n    at file:///a.test.ts:2:38");
  assert.match(two!, /^two \.\.\. inner => .*\nerror: TypeError: x\nline 0\n[^]*\nline 27$/);
  assert.deepEqual(none, []);
  assert.deepEqual(readFailures("ok | 7 passed | 0 failed (1s)\n"), []);
  assert.deepEqual(readFailures("error: Uncaught\n"), []);
});
