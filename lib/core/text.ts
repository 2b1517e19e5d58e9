/** Characters that would end the line or control the terminal: control characters, Unicode's line ends. */
// deno-lint-ignore no-control-regex
const unprintable = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g;
const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r" };

/** The text on one line: control characters, apart from tabs, written as `\n`, `\r` or `\u` and four digits. */
export function escapeUnprintable(text: string): string {
  return text.replace(
    unprintable,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * A text for a message: unprintable characters and line breaks are escaped, and a long text is cut.
 *
 * @param longest how many characters it may have
 */
export function shortened(text: string, longest = 80): string {
  // Cut first, as a label may be a megabyte long.
  const escaped = escapeUnprintable(text.slice(0, longest + 1));
  return escaped.length > longest ? `${escaped.slice(0, longest - 1)}…` : escaped;
}

/** Characters of a value that are read: more than a message shows of it. */
const enough = 100;

/** A value for a message: quoted, on one line, cut to a readable length, whatever its size and depth. */
export function quoted(value: unknown): string {
  return shortened(excerpt(value, enough));
}

/** JSON of a value, up to about `room` characters. `JSON.stringify` would write all of it, with recursion. */
function excerpt(value: unknown, room: number): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, enough));
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  if (room <= 0) return "…";
  const isList = Array.isArray(value);
  let text = isList ? "[" : "{";
  for (const name in value) {
    if (text.length >= room) break;
    const member = (value as Record<string, unknown>)[name];
    if (text.length > 1) text += ",";
    if (!isList) text += `${JSON.stringify(name.slice(0, enough))}:`;
    text += excerpt(member, room - text.length);
  }
  return text + (isList ? "]" : "}");
}

/** A number of things: `1 app`, `2 apps`. @param noun in the singular; its plural ends with `s` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Orders texts by code unit, which is the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The entries of a comma list, without white space around them and without empty ones. */
export function splitList(text: string): string[] {
  return text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}

/** Reads a boolean as the reference does: `true`, `t`, `yes`, `y` in any case are true, all else is false. */
export function parseBoolean(text: string): boolean {
  return ["true", "t", "yes", "y"].includes(text.trim().toLowerCase());
}

const iso8601 =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * Microseconds since 1970 of an ISO 8601 date; undefined for anything else. A date without an offset is in UTC.
 * JavaScript's own dates have only milliseconds, too coarse for the time stamps of deployment tools.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = iso8601.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", offset = "Z"] = match;
  const wholeSeconds = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const date = new Date(`${wholeSeconds}Z`);
  // JavaScript turns 31 February into a day of March, and 24:00 into the next day; such a date is a mistake.
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(wholeSeconds)) return undefined;
  return date.getTime() * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6)) -
    offsetMinutes(offset) * 60_000_000;
}

function offsetMinutes(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(":", "") || 0);
  return offset.startsWith("-") ? -minutes : minutes;
}

/** The message of an error, or what was thrown instead of one, on one line. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s*\n\s*/g, " ");
}
