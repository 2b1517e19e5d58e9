const none: readonly never[] = Object.freeze([]);

/**
 * A list to keep for as long as its app exists. V8 gives a list that grew, or was filtered, room for 17 entries, which
 * is 150 bytes in each of ten thousand apps. The copy has room for its entries only; all empty lists are one.
 */
export function compact<Entry>(list: readonly Entry[]): readonly Entry[] {
  return list.length === 0 ? none : list.slice();
}
