import type { Measurement } from "./measure.ts";

/** What came of a run. */
export interface Outcome {
  readonly first: Measurement;
  readonly last: Measurement;
  /** How often each act was done. */
  readonly acts: ReadonlyMap<string, number>;
  readonly answered: number;
  readonly excused: number;
  readonly failures: readonly string[];
}

const megabyte = 2 ** 20;

/**
 * What must not be so: failed requests, and more of something at the end than after the warm-up.
 *
 * @param memory MB that marathon-lb may have more: what a garbage-collected process holds at rest differs by some
 */
export function violationsOf({ first, last, failures, answered }: Outcome, memory: number): string[] {
  const more = (name: "descriptors" | "processes") =>
    last[name] > first[name] ? [`There are more ${name}: ${last[name]}, and not ${first[name]}`] : [];
  const grown = (last.memory - first.memory) / megabyte;
  return [
    ...(answered === 0 ? ["No request was answered"] : []),
    ...(failures.length > 0
      ? [`${failures.length} requests failed: ${failures.slice(0, 5).join("; ")}`]
      : []),
    ...(grown > memory ? [`The memory grew by ${grown.toFixed(1)} MB, more than ${memory}`] : []),
    ...more("descriptors"),
    ...more("processes"),
  ];
}

/** The outcome as a table for people. */
export function describeOutcome({ first, last, acts, answered, excused, failures }: Outcome): string[] {
  const inMegabytes = (bytes: number) => (bytes / megabyte).toFixed(1);
  const rows = [
    ["", "after warm-up", "at the end"],
    ["memory (MB)", inMegabytes(first.memory), inMegabytes(last.memory)],
    ["file descriptors", `${first.descriptors}`, `${last.descriptors}`],
    ["processes", `${first.processes}`, `${last.processes}`],
  ];
  return [
    ...rows.map(([name = "", ...cells]) => name.padEnd(20) + cells.map((cell) => cell.padStart(15)).join("")),
    "",
    `Requests: ${answered} answered, ${failures.length} failed, and ${excused} failed because HAProxy was killed`,
    `Acts: ${[...acts].sort().map(([name, count]) => `${name} ${count}`).join(", ")}`,
  ];
}
