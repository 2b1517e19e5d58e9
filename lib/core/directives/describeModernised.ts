import { quoted } from "../problem/quoted.ts";
import type { Modernised } from "./modernise.ts";

/** A sentence on a line that was replaced; `origin` is the label, variable or file that holds it. */
export function describeReplaced(origin: string, { line, by }: Modernised["replaced"][number]): string {
  const now = by === "" ? "left out" : `written as ${quoted(by)}`;
  return `${origin} has ${quoted(line)}, which HAProxy removed; it is ${now}`;
}

/** The same on a line without an equivalent, with what to write instead. */
export function describeRefused(origin: string, { line, advice }: Modernised["refused"][number]): string {
  return `${origin} has ${quoted(line)}, which HAProxy removed: ${advice}`;
}
