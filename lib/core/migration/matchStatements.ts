import { commute } from "./commute.ts";
import type { Difference } from "./Difference.ts";
import { intendedDifference } from "./intendedDifference.ts";
import { matchInOrder } from "./matchInOrder.ts";
import type { Statement } from "./Statement.ts";

type Found = Omit<Difference, "section">;

/** Statements that have none on the other side that says the same. */
export interface Unmatched {
  readonly before: readonly Statement[];
  readonly after: readonly Statement[];
}

/** Finds for each rule the one that is the same; notes rewritten ones, and those whose order matters and is another. */
export function matchRules(
  before: readonly Statement[],
  after: readonly Statement[],
  found: Found[],
): Unmatched {
  const pairs = matchInOrder(before.map(({ key }) => key), after.map(({ text }) => text));
  const places = new Map(pairs);
  const taken = new Set(pairs.map(([, place]) => place));
  const left = { before: [] as Statement[], after: [] as Statement[] };
  for (const [index, statement] of before.entries()) {
    const place = places.get(index);
    if (place !== undefined) {
      noteMatch(statement, after[place]!, found);
      continue;
    }
    const moved = after.findIndex((other, at) => !taken.has(at) && other.text === statement.key);
    if (moved < 0) {
      left.before.push(statement);
      continue;
    }
    taken.add(moved);
    noteMove(statement, index, before, moved, after, found);
  }
  left.after.push(...after.filter((_, at) => !taken.has(at)));
  return left;
}

/** A rule that stands elsewhere matters where it has passed one that may match the same request. */
function noteMove(
  statement: Statement,
  index: number,
  before: readonly Statement[],
  place: number,
  after: readonly Statement[],
  found: Found[],
): void {
  const behind = new Set(before.slice(index + 1).map(({ key }) => key));
  const ahead = new Set(before.slice(0, index).map(({ key }) => key));
  const passed = [
    ...after.slice(0, place).filter(({ text }) => behind.has(text)),
    ...after.slice(place + 1).filter(({ text }) => ahead.has(text)),
  ].find((other) => other.text !== statement.key && !commute(after[place]!, other));
  noteMatch(statement, after[place]!, found);
  if (!passed) return;
  found.push({
    kind: "changed",
    what: `${statement.slot}, its order`,
    before: `rule ${index + 1}: ${statement.text}`,
    after: `rule ${place + 1}, on the other side of: ${passed.text}`,
    meaning: "A request that both rules match takes another way, as the first one decides.",
    advice: "Check HAPROXY_{n}_BACKEND_WEIGHT and the order that the two rules should have.",
  });
}

/** Finds for each setting the one that is the same, wherever it stands. */
export function matchSettings(
  before: readonly Statement[],
  after: readonly Statement[],
  found: Found[],
): Unmatched {
  const rest = [...after];
  const left = before.filter((statement) => {
    const place = rest.findIndex(({ text }) => text === statement.key);
    if (place < 0) return true;
    noteMatch(statement, rest[place]!, found);
    rest.splice(place, 1);
    return false;
  });
  return { before: left, after: rest };
}

function noteMatch(before: Statement, after: Statement, found: Found[]): void {
  const rows = before.original === undefined ? before.rows : [...before.rows, "removed"];
  if (rows.length > 0) found.push(intendedDifference(rows, before, after));
}
