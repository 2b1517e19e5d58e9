/** Whether two values of plain data (what JSON can say, and undefined) say the same. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((entry, index) => sameJson(entry, b[index]));
  }
  const names = Object.keys(a);
  return !Array.isArray(b) && names.length === Object.keys(b).length &&
    names.every((name) =>
      name in b && sameJson((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name])
    );
}
