import { matrix, minorOf, testsOn } from "../haproxies/matrix.ts";
import type { ProvidedHaproxy } from "../haproxies/provide.ts";
import { add, countStep, type MatrixRow, readFailures, type TestCounts } from "./counts.ts";

/** A command of Deno that must end with code 0. */
export interface Step {
  readonly words: readonly string[];
  /** Whether it counts its tests itself. */
  readonly runsTests: boolean;
  /** What the steps after it cannot do without: when it fails, they are not run. */
  readonly makes?: string;
  /** The HAProxy that it runs on, as `3.0`; the machine's own by default. */
  readonly haproxy?: string;
}

/** What is checked, in this order, on the machine's own HAProxy. */
export const steps: readonly Step[] = [
  { words: ["fmt", "--check"], runsTests: false },
  { words: ["lint"], runsTests: false },
  { words: ["check", "--quiet"], runsTests: false },
  { words: ["task", "test:unit"], runsTests: true },
  { words: ["task", "build"], runsTests: false, makes: "the executable" },
  { words: ["task", "test:e2e"], runsTests: true },
];

/** The tests that depend on HAProxy, on one of this version. `check` has seen their types. */
export function stepOn(haproxy: string): Step {
  return { words: ["test", "-A", "--no-check", "--parallel", ...testsOn(haproxy)], runsTests: true, haproxy };
}

/**
 * What `deno task test` runs: everything on the machine's own HAProxy, then what depends on HAProxy on each other one.
 *
 * @param own the version of the machine's own HAProxy; undefined where it has none
 * @param only `--haproxy`: nothing but the tests that depend on HAProxy, on that one
 */
export function stepsFor({ own, only }: { own?: string; only?: string }): readonly Step[] {
  if (only !== undefined) return [...steps.filter(({ makes }) => makes !== undefined), stepOn(only)];
  const others = matrix.filter(({ version }) => version !== minorOf(own ?? ""));
  return [...steps, ...others.map(({ version }) => stepOn(version))];
}

/** What `runSteps` needs of the machine. */
export interface StepEffects {
  /** Rejects with an Error of one line that says what to do. */
  readonly install: () => Promise<void>;
  /**
   * A HAProxy of a version, by default the machine's own. Rejects with an Error of one line that says why there is none.
   */
  readonly provide: (haproxy?: string) => Promise<ProvidedHaproxy>;
  /**
   * Runs Deno with these words; resolves to its standard output, and whether it ended with code 0.
   *
   * @param haproxy the one to run on; the machine's own is found by default
   */
  readonly runDeno: (
    words: readonly string[],
    haproxy?: ProvidedHaproxy,
  ) => Promise<{ ok: boolean; output: string }>;
  readonly say: (line: string) => void;
}

/** What the steps came to. */
export interface StepResults {
  /** The sum of all steps; a HAProxy that could not be had counts as skipped. */
  readonly total: TestCounts;
  /** One row for each HAProxy that was to be tested. */
  readonly haproxies: readonly MatrixRow[];
  /** The text of each failed test and step, with the step's command, so that the end of a long log suffices. */
  readonly failures: readonly string[];
}

const none: TestCounts = { passed: 0, failed: 0, skipped: 0 };

/**
 * Installs what the steps need, runs them one after the other, and resolves to what they counted. Stops where what the rest needs
 * cannot be had.
 */
export async function runSteps(
  choose: (own: string | undefined) => readonly Step[],
  { install, provide, runDeno, say }: StepEffects,
): Promise<StepResults> {
  try {
    await install();
  } catch (error) {
    say((error as Error).message);
    return { total: { ...none, failed: 1 }, haproxies: [], failures: [] };
  }
  const own = await provide().then(({ version }) => version, () => undefined);
  let total: TestCounts = { ...none, passed: 1 };
  let ofOwn = none;
  const rows: MatrixRow[] = [];
  const failures: string[] = [];
  for (const { words, runsTests, makes, haproxy } of choose(own)) {
    const command = `${haproxy === undefined ? "" : `on HAProxy ${haproxy}: `}deno ${words.join(" ")}`;
    say(`\n--- ${command}`);
    let on: ProvidedHaproxy | undefined;
    if (haproxy !== undefined) {
      try {
        on = await provide(haproxy);
      } catch (error) {
        const note = (error as Error).message;
        say(`Not run: ${note}`);
        rows.push({ haproxy, note });
        total = add(total, { ...none, skipped: 1 });
        continue;
      }
    }
    const { ok, output } = await runDeno(words, on);
    const counts = countStep({ runsTests, ok, output });
    total = add(total, counts);
    if (counts.failed > 0) {
      const read = runsTests ? readFailures(output) : [];
      failures.push(...(read.length > 0 ? read.map((text) => `${command}\n${text}`) : [command]));
    }
    if (on) rows.push({ haproxy: on.version, note: "the tests that depend on HAProxy", counts });
    else if (runsTests) ofOwn = add(ofOwn, counts);
    if (!ok && makes !== undefined) {
      say(`\nStopped: deno ${words.join(" ")} did not make ${makes}, which the rest needs`);
      break;
    }
  }
  if (ofOwn !== none) rows.unshift({ haproxy: own ?? "of this machine", note: "all tests", counts: ofOwn });
  return { total, haproxies: rows, failures };
}
