import assert from "node:assert/strict";
import { quoted } from "../../../lib/core/problem/quoted.ts";

const table: [value: unknown, expected: string][] = [
  ["web", '"web"'],
  ['a "b"', '"a \\"b\\""'],
  ["a\nb", '"a\\nb"'],
  ["", '""'],
  [7, "7"],
  [null, "null"],
  [undefined, "undefined"],
  [["a", 1], '["a",1]'],
  [{ a: null }, '{"a":null}'],
  ["x".repeat(78), `"${"x".repeat(78)}"`],
  ["x".repeat(79), `"${"x".repeat(78)}…`],
];
for (const [value, expected] of table) {
  Deno.test(`quoted: ${expected}`, () => {
    assert.equal(quoted(value), expected);
    assert.ok(quoted(value).length <= 80);
  });
}
