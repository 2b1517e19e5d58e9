import { compareText } from "./text.ts";

/** How many suggestions a message has. */
const most = 5;

/** Characters of a text that are compared; no name of a label or an app is longer. */
const longest = 128;

/**
 * The number of characters to insert, remove, replace or swap with their neighbour to turn one text into the other
 * (optimal string alignment distance).
 *
 * @param limit if the distance is larger, the result is any larger number
 */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, next[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      const isExchange = row > 1 && column > 1 && a[row - 1] === b[column - 2] &&
        a[row - 2] === b[column - 1];
      if (isExchange) cost = Math.min(cost, before[column - 2]! + 1);
      next.push(cost);
    }
    if (Math.min(...next) > limit) return limit + 1;
    [before, last] = [last, next];
  }
  return last[b.length]!;
}

/** The text that was probably meant: at most a third of its characters differ, and no other text is as close. */
export function nearestText(text: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(Math.min(text.length, longest) / 3));
  let [best, found]: [number, string | undefined] = [limit + 1, undefined];
  for (const candidate of candidates) {
    const steps = distance(text.slice(0, longest), candidate, Math.min(best, limit));
    if (steps < best) [best, found] = [steps, candidate];
  }
  return found;
}

/** Texts that may have been meant, the nearest first; also those that contain it, or a part of it. */
export function nearestTexts(text: string, candidates: readonly string[]): string[] {
  const asked = text.toLowerCase().slice(0, longest);
  const limit = Math.max(2, Math.floor(asked.length / 3));
  const lastPart = asked.split("/").at(-1)!;
  const rankOf = (candidate: string) => {
    const other = candidate.toLowerCase();
    const steps = distance(asked, other.slice(0, longest), limit);
    if (steps <= limit) return steps;
    if (lastPart.length > 1 && other.includes(lastPart)) return limit + 1 + other.length / 10_000;
    return Infinity;
  };
  return candidates.map((candidate) => ({ candidate, rank: rankOf(candidate) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank || compareText(a.candidate, b.candidate))
    .slice(0, most).map(({ candidate }) => candidate);
}
