import { stripVTControlCharacters } from "node:util";

/** How many tests passed, failed, and were skipped. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

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

/** Of the text of one failure, the most lines that the summary repeats; the rest is further up. */
const mostLines = 30;

/**
 * What `deno test` wrote under its heading ERRORS: an item for each failed test, with its title, file, error and stack. Empty
 * where no test failed, or where it crashed.
 *
 * @param output what it wrote to standard output, with colours or without
 */
export function readFailures(output: string): string[] {
  const lines = stripVTControlCharacters(output).split(/\r?\n/);
  const begin = lines.lastIndexOf(" ERRORS ");
  const end = lines.lastIndexOf(" FAILURES ");
  if (begin < 0 || end < begin) return [];
  const failures: string[][] = [];
  for (const line of lines.slice(begin + 1, end)) {
    if (/ => \S+:\d+:\d+$/.test(line)) failures.push([]);
    failures.at(-1)?.push(line);
  }
  return failures.map((failure) => failure.slice(0, mostLines).join("\n").trimEnd());
}

/**
 * The counts in the last line of `deno task test`, such as `12 passed, 0 failed, 1 skipped`. Undefined where it does not end
 * with such a line.
 *
 * @param output what it wrote to standard output, with colours or without
 */
export function readSum(output: string): TestCounts | undefined {
  const last = stripVTControlCharacters(output).trimEnd().split(/\r?\n/).at(-1) ?? "";
  const [, ...counts] = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(last) ?? [];
  if (counts.length === 0) return undefined;
  const [passed = 0, failed = 0, skipped = 0] = counts.map((count) => Number(count ?? 0));
  return { passed, failed, skipped };
}

/** What both counted. */
export function add(one: TestCounts, other: TestCounts): TestCounts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

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

/** Such as `12 passed, 0 failed`; skipped tests are named only where there are any. */
export function describeCounts({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** How the tests went on one HAProxy. */
export interface MatrixRow {
  /** Such as `3.2.26-1`, or `3.2` where it could not be had. */
  readonly haproxy: string;
  /** Which tests these were, in a few words; or why none was run. */
  readonly note: string;
  /** Undefined where no test was run. */
  readonly counts?: TestCounts;
}

/** A line for each HAProxy: its version, `12 passed, 0 failed` or `not run`, and the note. */
export function describeMatrix(rows: readonly MatrixRow[]): string[] {
  const cells = rows.map(({ haproxy, note, counts }) => [
    `HAProxy ${haproxy}`,
    counts ? describeCounts(counts) : "not run",
    note,
  ]);
  const width = (column: number) => Math.max(...cells.map((row) => row[column]!.length));
  return cells.map(([haproxy = "", result = "", note = ""]) =>
    `${haproxy.padEnd(width(0))}  ${result.padEnd(width(1))}  ${note}`
  );
}
