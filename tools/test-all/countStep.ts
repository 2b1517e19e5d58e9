import { readTestCounts } from "./readTestCounts.ts";
import type { TestCounts } from "./TestCounts.ts";

/**
 * What a step adds to the sum: the tests it ran, where it runs tests, else itself.
 *
 * @param ok whether it ended with code 0
 */
export function countStep({ runsTests, ok, output }: {
  runsTests: boolean;
  ok: boolean;
  output: string;
}): TestCounts {
  const counts = runsTests ? readTestCounts(output) : undefined;
  if (counts && (ok || counts.failed > 0)) return counts;
  // A run that failed without a failed test has failed as a whole: it crashed, or found no test.
  const good = ok && !runsTests;
  return {
    passed: (counts?.passed ?? 0) + (good ? 1 : 0),
    failed: good ? 0 : 1,
    skipped: counts?.skipped ?? 0,
  };
}
