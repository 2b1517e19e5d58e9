import type { TestCounts } from "./TestCounts.ts";

/** Such as `12 passed, 0 failed`; skipped tests are told only where there are any. */
export function describeCounts({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
