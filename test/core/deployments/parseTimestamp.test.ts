import assert from "node:assert/strict";
import { parseTimestamp } from "../../../lib/core/deployments/parseTimestamp.ts";

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
