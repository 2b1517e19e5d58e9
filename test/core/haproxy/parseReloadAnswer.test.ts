import assert from "node:assert/strict";
import { parseReloadAnswer } from "../../../lib/core/haproxy/parseReloadAnswer.ts";

const answers: [answer: string, expected: ReturnType<typeof parseReloadAnswer>][] = [
  [
    "Success=1\n--\n[NOTICE]   (9427) : Loading success.\n",
    { success: true, log: "[NOTICE]   (9427) : Loading success." },
  ],
  ["Success=0\n--\n[ALERT]    (1) : a\n[ALERT]    (1) : b", {
    success: false,
    log: "[ALERT]    (1) : a\n[ALERT]    (1) : b",
  }],
  ["Success=0\n--\nAnother reload is still in progress.", {
    success: false,
    log: "Another reload is still in progress.",
  }],
  // Built without shared memory, HAProxy has no log to show.
  ["Success=1\n", { success: true, log: "" }],
  ["", undefined],
  ["Unknown command", undefined],
];

for (const [answer, expected] of answers) {
  Deno.test(`parseReloadAnswer: ${JSON.stringify(answer)}`, () => {
    assert.deepEqual(parseReloadAnswer(answer), expected);
  });
}
