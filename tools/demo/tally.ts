import { type Style, styleFor } from "../../lib/core/style.ts";
import type { Answer } from "./traffic.ts";

/** How many answers each task gave. */
export type TaskCounts = ReadonlyMap<string, number>;

/** Counts answers: all of them, and those of the last seconds by app and task. Times are milliseconds of one clock. */
export class Tally {
  requests = 0;
  failures = 0;
  #recent: { at: number; app: string; task: string }[] = [];

  /** @param window how long answers are recent, in milliseconds */
  constructor(readonly window: number) {}

  add(answer: Answer, now: number): void {
    this.requests++;
    if ("problem" in answer) this.failures++;
    else this.#recent.push({ at: now, app: answer.app, task: answer.task });
  }

  /** The recent answers of an app by task, in the order of the tasks' ids. */
  recent(app: string, now: number): TaskCounts {
    this.#recent = this.#recent.filter(({ at }) => at > now - this.window);
    const counts = new Map<string, number>();
    for (const answer of this.#recent) {
      if (answer.app === app) counts.set(answer.task, (counts.get(answer.task) ?? 0) + 1);
    }
    return new Map([...counts].sort());
  }
}

/** The state of the demo at one moment. */
export interface Snapshot {
  readonly seconds: number;
  readonly requests: number;
  readonly failures: number;
  /** Of each app, the recent answers. */
  readonly apps: readonly { readonly id: string; readonly tasks: TaskCounts }[];
}

/** Lines for a terminal: a bar for each task, as long as the number of its recent answers. */
export function describeAsBlock(snapshot: Snapshot, use: Style): string[] {
  const width = Math.max(...snapshot.apps.map(({ id }) => id.length));
  const rows = snapshot.apps.map(({ id, tasks }) => {
    const bars = namedCounts(tasks).map(([name, count]) => `${use.quiet(name)} ${use.ok("■".repeat(count))}`);
    return `  ${id.padEnd(width)}  ${bars.join("  ") || use.warning("no answer")}`;
  });
  return ["", `${describeTotals(snapshot, use)}; who answered just now:`, ...rows];
}

/** One line for a log. */
export function describeAsLine(snapshot: Snapshot): string {
  const apps = snapshot.apps.map(({ id, tasks }) => {
    const counts = namedCounts(tasks).map(([name, count]) => `${name}:${count}`);
    return `${id} ${counts.join(" ") || "no answer"}`;
  });
  return [describeTotals(snapshot), ...apps].join(" | ");
}

/** Such as `12 s, 345 requests, none failed`. */
export function describeTotals(
  { seconds, requests, failures }: Omit<Snapshot, "apps">,
  use: Style = styleFor(false),
): string {
  const failed = failures === 0 ? use.ok("none failed") : use.failure(`${failures} failed`);
  return `${seconds.toFixed(0)} s, ${requests} requests, ${failed}`;
}

/** Of each task, such as `web.3f1c09aa-…`, what tells it from the app's other tasks, with its count. */
function namedCounts(tasks: TaskCounts): [name: string, count: number][] {
  return [...tasks].map(([task, count]) => [task.slice(task.lastIndexOf(".") + 1).slice(0, 4), count]);
}
