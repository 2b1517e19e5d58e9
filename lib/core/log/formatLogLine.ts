import { escapeUnprintable } from "./escapeUnprintable.ts";
import type { LogFormat, LogFormatPart } from "./LogFormat.ts";
import { logFields } from "./logFields.ts";
import type { LogRecord } from "./LogRecord.ts";

/** The line, without a line break at its end, that tells about `record`. One record is always one line. */
export function formatLogLine(format: LogFormat, record: LogRecord): string {
  if (format === "json") return formatJson(record);
  return format.map((part) => formatPart(part, record)).join("");
}

function formatJson({ time, level, name, message, processId }: LogRecord): string {
  return JSON.stringify({ time: new Date(time).toISOString(), level, name, process: processId, message });
}

function formatPart(part: LogFormatPart, record: LogRecord): string {
  if (typeof part === "string") return part;
  const { field, conversion, precision, width } = part;
  const value = logFields[field](record);
  if (typeof value === "string" || conversion === "s") {
    const text = escapeUnprintable(String(value)).slice(0, precision);
    return part.leftAligned ? text.padEnd(width) : text.padStart(width);
  }
  const digits = conversion === "d" ? String(Math.trunc(value)) : value.toFixed(precision ?? 6);
  if (part.leftAligned) return digits.padEnd(width);
  return digits.padStart(width, part.zeroPadded ? "0" : " ");
}
