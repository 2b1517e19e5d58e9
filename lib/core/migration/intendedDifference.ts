import type { Difference } from "./Difference.ts";
import type { Statement } from "./Statement.ts";

/** A difference that rows of `intendedTable` explain. */
export function intendedDifference(
  rows: readonly string[],
  before?: Statement,
  after?: Statement,
): Omit<Difference, "section"> {
  return {
    kind: "intended",
    what: (before ?? after)!.slot,
    before: before?.original ?? before?.text,
    after: after?.text,
    meaning: "",
    intended: [...new Set(rows)],
  };
}
