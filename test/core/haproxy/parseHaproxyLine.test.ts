import assert from "node:assert/strict";
import { parseHaproxyLine } from "../../../lib/core/haproxy/parseHaproxyLine.ts";

const lines: [line: string, expected: ReturnType<typeof parseHaproxyLine>][] = [
  ["[NOTICE]   (4587) : New worker (4590) forked", {
    severity: "notice",
    pid: 4587,
    message: "New worker (4590) forked",
  }],
  ["[WARNING]  (4590) : Server b/s1 is DOWN", {
    severity: "warning",
    pid: 4590,
    message: "Server b/s1 is DOWN",
  }],
  ["[ALERT]    (1) : [brackets] : kept", { severity: "alert", pid: 1, message: "[brackets] : kept" }],
  ["[DIAG]     (1) : config : note", { severity: "diag", pid: 1, message: "config : note" }],
  ["   | a continuation", undefined],
  ["127.0.0.1:5000 [22/Nov/2026:21:16:34.000] f b/s1 0/0/0/1/1 200", undefined],
  ["[ALERT] without a process", undefined],
  ["", undefined],
];

for (const [line, expected] of lines) {
  Deno.test(`parseHaproxyLine: ${JSON.stringify(line)}`, () =>
    assert.deepEqual(parseHaproxyLine(line), expected));
}
