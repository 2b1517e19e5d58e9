/** The entries of two lists that are the same in the same order, as many as there can be: pairs of positions. */
export function matchInOrder(before: readonly string[], after: readonly string[]): [number, number][] {
  const pairs: [number, number][] = [];
  let first = 0;
  const shorter = Math.min(before.length, after.length);
  while (first < shorter && before[first] === after[first]) pairs.push([first, first++]);
  let behind = 0;
  while (behind < shorter - first && before.at(-1 - behind) === after.at(-1 - behind)) behind++;
  pairs.push(...longest(before, after, first, before.length - behind, after.length - behind));
  for (let index = behind; index > 0; index--) pairs.push([before.length - index, after.length - index]);
  return pairs;
}

/** Above this many cells of the table of lengths, entries count as the same only where both lists have them once. */
const maximumCells = 4_000_000;

/** Longest common subsequence between `first` and the ends. */
function longest(
  before: readonly string[],
  after: readonly string[],
  first: number,
  endBefore: number,
  endAfter: number,
): [number, number][] {
  const [rows, columns] = [endBefore - first, endAfter - first];
  if (rows * columns > maximumCells) return greedy(before, after, first, endBefore, endAfter);
  const lengths = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      lengths[row]![column] = before[first + row] === after[first + column]
        ? lengths[row + 1]![column + 1]! + 1
        : Math.max(lengths[row + 1]![column]!, lengths[row]![column + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let row = 0, column = 0; row < rows && column < columns;) {
    if (before[first + row] === after[first + column]) pairs.push([first + row++, first + column++]);
    else if (lengths[row + 1]![column]! >= lengths[row]![column + 1]!) row++;
    else column++;
  }
  return pairs;
}

function greedy(
  before: readonly string[],
  after: readonly string[],
  first: number,
  endBefore: number,
  endAfter: number,
): [number, number][] {
  const places = new Map<string, number>();
  for (let index = endAfter - 1; index >= first; index--) places.set(after[index]!, index);
  const pairs: [number, number][] = [];
  let next = first;
  for (let index = first; index < endBefore; index++) {
    const place = places.get(before[index]!);
    if (place === undefined || place < next) continue;
    pairs.push([index, place]);
    next = place + 1;
  }
  return pairs;
}
