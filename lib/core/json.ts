/** Removes `null` members and elements from JSON of unknown shape, as Marathon means absent by them. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one for everything else. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The value as a list without `null` elements; an empty one for everything else. */
export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [];
  return value.includes(null) ? value.filter((element) => element !== null) : value;
}

/** The value as text; undefined for everything but a string. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value as a whole number, also from its decimal digits; undefined for everything else. */
export function integerOf(value: unknown): number | undefined {
  if (typeof value === "string" && /^\d{1,15}$/.test(value)) return Number(value);
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

/**
 * The value as a port of a task, also from its decimal digits; undefined for everything that is no whole number.
 *
 * @throws {TypeError} for a whole number that is no port
 */
export function portOf(value: unknown): number | undefined {
  const port = integerOf(value);
  if (port !== undefined && (port < 0 || port > 65_535)) {
    throw new TypeError(`it has the port ${port}; expected ports from 0 to 65535`);
  }
  return port;
}

/** The value as a finite number; undefined for everything else. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two values of plain data (JSON, and undefined) are equal. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((entry, index) => sameJson(entry, b[index]));
  }
  const names = Object.keys(a);
  return !Array.isArray(b) && names.length === Object.keys(b).length &&
    names.every((name) =>
      Object.hasOwn(b, name) &&
      sameJson((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name])
    );
}
