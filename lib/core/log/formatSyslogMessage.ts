import { escapeUnprintable } from "./escapeUnprintable.ts";
import type { LogRecord } from "./LogRecord.ts";
import type { LogLevel } from "./logLevels.ts";

/** `user`, the facility of Python's SysLogHandler by default (RFC 5424, table 1). */
const facility = 1;

/** Severities of RFC 5424, table 2, as Python's SysLogHandler maps its levels. */
const severities: Record<LogLevel, number> = { debug: 7, info: 6, warning: 4, error: 3, critical: 2 };

/** Above this servers cut messages themselves (rsyslog's `maxMessageSize`), or make two of one. */
const maxOctets = 8192;
const ellipsis = new TextEncoder().encode("…");

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * One message for a syslog server: a header, and the log line as it stands on standard error.
 *
 * @param hostname of this machine; undefined for a server on it, which gets the format of syslog(3): local time and no
 * host (RFC 3164, section 4.1). Others get RFC 5424.
 * @returns UTF-8, at most 8192 octets and without a line break; a longer line is cut and ends with `…`
 */
export function formatSyslogMessage(record: LogRecord, line: string, hostname?: string): Uint8Array {
  const priority = `<${facility * 8 + severities[record.level]}>`;
  const header = hostname === undefined ? localHeader(record) : header5424(record, hostname);
  // A --log-format may hold line breaks of its own.
  return encode(`${priority}${header}${escapeUnprintable(line)}`);
}

/** RFC 5424, section 6.2. No byte order mark before the line: readers of JSON would stumble over it. */
function header5424({ time, name, processId }: LogRecord, hostname: string): string {
  return `1 ${new Date(time).toISOString()} ${field(hostname, 255)} ${field(name, 48)} ${processId} - - `;
}

function localHeader({ time, name, processId }: LogRecord): string {
  const date = new Date(time);
  const [hour, minute, second] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((value) =>
    String(value).padStart(2, "0")
  );
  const day = String(date.getDate()).padStart(2);
  return `${months[date.getMonth()]} ${day} ${hour}:${minute}:${second} ${name}[${processId}]: `;
}

/** Printable ASCII without blanks, else the NILVALUE. */
function field(text: string, longest: number): string {
  return text.replace(/[^!-~]/g, "").slice(0, longest) || "-";
}

function encode(text: string): Uint8Array {
  const octets = new TextEncoder().encode(text);
  if (octets.length <= maxOctets) return octets;
  const cut = new Uint8Array(maxOctets);
  const { written } = new TextEncoder().encodeInto(text, cut.subarray(0, maxOctets - ellipsis.length));
  cut.set(ellipsis, written);
  return cut.subarray(0, written + ellipsis.length);
}
