type Pair = [before: number, after: number];

/** The entries of two lists that are the same in the same order, as many as there can be: pairs of positions. */
export function matchInOrder(before: readonly string[], after: readonly string[]): Pair[] {
  let first = 0;
  const shorter = Math.min(before.length, after.length);
  while (first < shorter && before[first] === after[first]) first++;
  let behind = 0;
  while (behind < shorter - first && before.at(-1 - behind) === after.at(-1 - behind)) behind++;
  const [endBefore, endAfter] = [before.length - behind, after.length - behind];
  const inner = longest(before.slice(first, endBefore), after.slice(first, endAfter));
  return [
    ...Array.from({ length: first }, (_, index): Pair => [index, index]),
    ...inner.map(([one, other]): Pair => [first + one, first + other]),
    ...Array.from({ length: behind }, (_, index): Pair => [endBefore + index, endAfter + index]),
  ];
}

/** Above this many cells of the table of lengths each entry is paired with the first of its like, if that comes later. */
const maximumCells = 4_000_000;

/** Longest common subsequence. */
function longest(before: readonly string[], after: readonly string[]): Pair[] {
  const [rows, columns] = [before.length, after.length];
  if (rows * columns > maximumCells) return greedy(before, after);
  const lengths = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      lengths[row]![column] = before[row] === after[column]
        ? lengths[row + 1]![column + 1]! + 1
        : Math.max(lengths[row + 1]![column]!, lengths[row]![column + 1]!);
    }
  }
  const pairs: Pair[] = [];
  for (let row = 0, column = 0; row < rows && column < columns;) {
    if (before[row] === after[column]) pairs.push([row++, column++]);
    else if (lengths[row + 1]![column]! >= lengths[row]![column + 1]!) row++;
    else column++;
  }
  return pairs;
}

function greedy(before: readonly string[], after: readonly string[]): Pair[] {
  const places = new Map<string, number>();
  for (const [place, entry] of after.entries()) if (!places.has(entry)) places.set(entry, place);
  const pairs: Pair[] = [];
  let next = 0;
  for (const [index, entry] of before.entries()) {
    const place = places.get(entry);
    if (place === undefined || place < next) continue;
    pairs.push([index, place]);
    next = place + 1;
  }
  return pairs;
}
