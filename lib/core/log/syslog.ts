import { parseBindAddress } from "../addresses.ts";
import { escapeUnprintable } from "../text.ts";
import type { LogLevel, LogRecord } from "./format.ts";

/** `user`, the facility of Python's SysLogHandler by default (RFC 5424, table 1). */
const facility = 1;

/** Severities of RFC 5424, table 2, as Python's SysLogHandler maps its levels. */
const severities: Record<LogLevel, number> = { debug: 7, info: 6, warning: 4, error: 3, critical: 2 };

/** Servers cut longer messages themselves (rsyslog's `maxMessageSize`), or split them into two. */
const maxOctets = 8192;
const ellipsis = new TextEncoder().encode("…");

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * One message for a syslog server: a header, and the log line as it stands on standard error.
 *
 * @param hostname of this machine, for a message in the format of RFC 5424. Undefined for a server on it, which gets
 * the format of syslog(3): local time and no host (RFC 3164, section 4.1).
 * @returns UTF-8, at most 8192 octets and without a line break; a longer line is cut and ends with `…`
 */
export function formatSyslogMessage(record: LogRecord, line: string, hostname?: string): Uint8Array {
  const priority = `<${facility * 8 + severities[record.level]}>`;
  const header = hostname === undefined ? localHeader(record) : header5424(record, hostname);
  // A --log-format may hold line breaks of its own.
  return encode(`${priority}${header}${escapeUnprintable(line)}`);
}

/** RFC 5424, section 6.2. No byte order mark before the line, as it breaks parsers of JSON. */
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

/** Messages that wait to be sent, in their order. If they would use too much memory, the oldest are dropped. */
export class MessageQueue {
  #messages: Uint8Array[] = [];
  /** The index of the oldest message, so that its removal does not move the others. */
  #start = 0;
  #octets = 0;
  #dropped = 0;

  /** @param maxOctets the limit for all messages together */
  constructor(readonly maxOctets: number) {}

  get size(): number {
    return this.#messages.length - this.#start;
  }

  /** How many messages were dropped since `forgetDropped`. */
  get dropped(): number {
    return this.#dropped;
  }

  add(message: Uint8Array): void {
    this.#messages.push(message);
    this.#octets += message.length;
    while (this.#octets > this.maxOctets) {
      this.take();
      this.#dropped++;
    }
  }

  /** Removes the oldest message. */
  take(): Uint8Array | undefined {
    const message = this.#messages[this.#start];
    if (message === undefined) return undefined;
    this.#octets -= message.length;
    this.#start++;
    if (this.#start * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#start);
      this.#start = 0;
    }
    return message;
  }

  /** Puts a removed message back as the oldest one; drops it if there is no room any more. */
  putBack(message: Uint8Array): void {
    if (this.#octets + message.length > this.maxOctets) {
      this.#dropped++;
      return;
    }
    this.#octets += message.length;
    if (this.#start > 0) this.#messages[--this.#start] = message;
    else this.#messages.unshift(message);
  }

  forgetDropped(): void {
    this.#dropped = 0;
  }
}

/** Where log lines go beside standard error. */
export type SyslogTarget =
  | { transport: "none" }
  /** A socket of this machine. `optional`: it is the default, and may be missing. */
  | { transport: "unix"; path: string; optional?: true }
  /** `host`: a name, an IPv4 address, or an IPv6 address without brackets. */
  | { transport: "udp" | "tcp"; host: string; port: number };

/** The port of syslog by UDP (RFC 5426, section 3.3), which servers use for TCP as well. */
const usualPort = 514;

/**
 * Reads a `--syslog-socket`: `/dev/null` for none, the path of a Unix socket, or `udp://HOST:PORT` or
 * `tcp://HOST:PORT`, where the port is optional. Undefined for anything else. A word without a slash is refused, as it
 * is more likely a host without its scheme than a path.
 */
export function parseSyslogTarget(text: string): SyslogTarget | undefined {
  if (text === "/dev/null") return { transport: "none" };
  const [, transport, address] = /^(udp|tcp):\/\/([^/]+)\/?$/.exec(text) ?? [];
  if (transport === "udp" || transport === "tcp") {
    const parsed = parseBindAddress(address!) ?? parseBindAddress(`${address}:${usualPort}`);
    return parsed && parsed.host !== "*" ? { transport, ...parsed } : undefined;
  }
  return text.includes("/") && !text.includes("://") ? { transport: "unix", path: text } : undefined;
}

/** The target in the form of `--syslog-socket`. */
export function describeSyslogTarget(target: SyslogTarget): string {
  switch (target.transport) {
    case "none":
      return "/dev/null";
    case "unix":
      return target.path;
    default: {
      const host = target.host.includes(":") ? `[${target.host}]` : target.host;
      return `${target.transport}://${host}:${target.port}`;
    }
  }
}
