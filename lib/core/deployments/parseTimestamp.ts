const iso8601 =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * Microseconds since 1970 of an ISO 8601 date, or undefined when the text is none. A date without an offset is in
 * UTC. JavaScript's own dates stop at milliseconds, too coarse for the time stamps deployment tools write.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = iso8601.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", offset = "Z"] = match;
  const wholeSeconds = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const date = new Date(`${wholeSeconds}Z`);
  // 31 February is carried over into March, 24:00 into the next day; such a date is a mistake.
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(wholeSeconds)) return undefined;
  return date.getTime() * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6)) -
    offsetMinutes(offset) * 60_000_000;
}

function offsetMinutes(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(":", "") || 0);
  return offset.startsWith("-") ? -minutes : minutes;
}
