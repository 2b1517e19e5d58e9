import assert from "node:assert/strict";
import { healthLimits } from "../../../lib/shell/run/healthLimits.ts";
import { parseOptions } from "./support/parseOptions.ts";

const cases: readonly [words: string[], failing: number, stale: number][] = [
  [["sse"], 60_000, 900_000],
  [["poll"], 60_000, 180_000],
  [["poll", "--poll-interval", "5"], 60_000, 60_000],
  [["sse", "--health-after", "2000"], 2_000_000, 2_000_000],
];
for (const [words, failing, stale] of cases) {
  Deno.test(`healthLimits: ${words.join(" ")}`, () => {
    assert.deepEqual(healthLimits(parseOptions(words)), { failing, stale });
  });
}
