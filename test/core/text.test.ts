import assert from "node:assert/strict";
import { parseBoolean, parseTimestamp, quoted, splitList } from "../../lib/core/text.ts";

const newYear = 1_704_067_200_000_000;
const second = 1_000_000;

const dates: [text: string, microseconds: number][] = [
  ["2024-01-01T00:00:00Z", newYear],
  ["2024-01-01T00:00:00.000001Z", newYear + 1],
  ["2024-01-01T00:00:00.1Z", newYear + 100_000],
  ["2024-01-01T00:00:00,25Z", newYear + 250_000],
  ["2024-01-01T00:00:00.123456789Z", newYear + 123_456],
  ["2024-01-01", newYear],
  ["20240101T000001", newYear + second],
  ["2024-01-01 00:01", newYear + 60 * second],
  [" 2024-01-01t00:00:00z ", newYear],
  ["2024-01-01T02:00:00+02:00", newYear],
  ["2023-12-31T18:30:00-0530", newYear],
  ["2024-01-01T01:00:00 +01", newYear],
  ["2024-02-29T00:00:00Z", newYear + 59 * 24 * 3600 * second],
  ["1970-01-01T00:00:00Z", 0],
];
for (const [text, microseconds] of dates) {
  Deno.test(`parseTimestamp: ${JSON.stringify(text)}`, () =>
    assert.equal(parseTimestamp(text), microseconds));
}

const others = [
  "",
  "soon",
  "1704067200",
  "2024-01",
  "01/02/2024",
  "2024-13-01T00:00:00Z",
  "2024-02-30T00:00:00Z",
  "2023-02-29",
  "2024-01-00",
  "2024-01-01T24:00:00Z",
  "2024-01-01T00:60:00Z",
  "2024-01-01T00:00:61Z",
  "2024-01-01T00:00:00 CET",
  "2024-01-01T00:00:00Z and more",
];
for (const text of others) {
  Deno.test(`parseTimestamp: ${JSON.stringify(text)} is no date`, () => {
    assert.equal(parseTimestamp(text), undefined);
  });
}

for (const text of ["true", "TRUE", "t", "T", "yes", "Yes", "y", " y "]) {
  Deno.test(`parseBoolean: ${JSON.stringify(text)} is true`, () => assert.equal(parseBoolean(text), true));
}
for (const text of ["", "false", "no", "1", "on", "tru", "yes!", "t rue"]) {
  Deno.test(`parseBoolean: ${JSON.stringify(text)} is false`, () => assert.equal(parseBoolean(text), false));
}

const table: [text: string, entries: string[]][] = [
  ["", []],
  [" , ,", []],
  ["a", ["a"]],
  [" a ,\tb,,c d ", ["a", "b", "c d"]],
];
for (const [text, entries] of table) {
  Deno.test(`splitList: ${JSON.stringify(text)}`, () => assert.deepEqual(splitList(text), entries));
}

const quotedTable: [value: unknown, expected: string][] = [
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
for (const [value, expected] of quotedTable) {
  Deno.test(`quoted: ${expected}`, () => {
    assert.equal(quoted(value), expected);
    assert.ok(quoted(value).length <= 80);
  });
}
