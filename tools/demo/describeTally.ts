import type { TaskCounts } from "./Tally.ts";

/** The state of the demo at one moment. */
export interface Snapshot {
  readonly seconds: number;
  readonly requests: number;
  readonly failures: number;
  /** Of each app, the recent answers. */
  readonly apps: readonly { readonly id: string; readonly tasks: TaskCounts }[];
}

/** Lines for a terminal: a bar for each task, as long as the number of its recent answers. */
export function describeAsBlock(snapshot: Snapshot): string[] {
  const width = Math.max(...snapshot.apps.map(({ id }) => id.length));
  const rows = snapshot.apps.map(({ id, tasks }) => {
    const bars = namedCounts(tasks).map(([name, count]) => `${name} ${"■".repeat(count)}`);
    return `  ${id.padEnd(width)}  ${bars.join("  ") || "no answer"}`;
  });
  return ["", `${describeTotals(snapshot)}; who answered just now:`, ...rows];
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
export function describeTotals({ seconds, requests, failures }: Omit<Snapshot, "apps">): string {
  return `${seconds.toFixed(0)} s, ${requests} requests, ${failures === 0 ? "none" : failures} failed`;
}

/** Of each task, such as `web.3f1c09aa-…`, what tells it from the app's other tasks, with its count. */
function namedCounts(tasks: TaskCounts): [name: string, count: number][] {
  return [...tasks].map(([task, count]) => [task.slice(task.lastIndexOf(".") + 1).slice(0, 4), count]);
}
