import { stripVTControlCharacters } from "node:util";
import type { TestCounts } from "./TestCounts.ts";

/**
 * The counts in the last line of `deno test`, such as `FAILED | 20 passed (3 steps) | 2 failed | 1 ignored (4s)`.
 * Undefined where there is no such line, as after a crash.
 *
 * @param output what it wrote to standard output, with colours or without
 */
export function readTestCounts(output: string): TestCounts | undefined {
  const lines = stripVTControlCharacters(output).split(/\r?\n/);
  const summary = lines.findLast((line) => /^(?:ok|FAILED) \| \d+ passed\b/.test(line));
  if (summary === undefined) return undefined;
  const count = (what: string) => Number(new RegExp(`\\| (\\d+) ${what}\\b`).exec(summary)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), skipped: count("ignored") };
}
