import { escapeUnprintable } from "../text.ts";

/** A piece of a log line: text as it is, or a field with its printf modifiers. */
export type LogFormatPart = string | {
  field: LogField;
  /** `s` text, `d` whole number, `f` number with decimals. */
  conversion: "s" | "d" | "f";
  leftAligned: boolean;
  zeroPadded: boolean;
  /** The least number of characters. */
  width: number;
  /** `s`: the greatest number of characters; `f`: decimals. */
  precision: number | undefined;
};

/** The format of log lines: `json`, or the parts of a line of text. */
export type LogFormat = "json" | readonly LogFormatPart[];

/** One event, before it is written as a line. */
export interface LogRecord {
  /** Milliseconds since 1970. */
  time: number;
  level: LogLevel;
  /** The source of the message: `marathon_lb` or `haproxy`. */
  name: string;
  message: string;
  processId: number;
  /** What the line is about, for `json`. */
  fields?: LogFields;
}

/** The subject of a line about an app, so that programs need not parse its text. */
export interface LogFields {
  readonly app?: string;
  /** The index of the service. */
  readonly service?: number;
  /** A code of docs/problems.md. */
  readonly code?: string;
  readonly reason?: string;
}

/** Python's `logging` numbers its levels, `%(levelno)d`. */
const levelNumbers: Record<LogLevel, number> = { debug: 10, info: 20, warning: 30, error: 40, critical: 50 };

/**
 * The fields that a log format may name: those of Python's `logging.LogRecord` that have a meaning here. This program
 * has only one thread, and does not know the source line of a message.
 */
export const logFields = {
  asctime: (record) => localTime(new Date(record.time)),
  created: (record) => record.time / 1000,
  levelname: (record) => record.level.toUpperCase(),
  levelno: (record) => levelNumbers[record.level],
  message: (record) => record.message,
  msecs: (record) => record.time % 1000,
  name: (record) => record.name,
  process: (record) => record.processId,
  processName: () => "MainProcess",
  threadName: () => "MainThread",
} as const satisfies Record<string, (record: LogRecord) => string | number>;

export type LogField = keyof typeof logFields;

/** Python's default for `%(asctime)s`: local time with milliseconds after a comma. */
function localTime(time: Date): string {
  const digits = (value: number, width = 2) => String(value).padStart(width, "0");
  const day = [digits(time.getFullYear(), 4), digits(time.getMonth() + 1), digits(time.getDate())].join("-");
  const clock = [digits(time.getHours()), digits(time.getMinutes()), digits(time.getSeconds())].join(":");
  return `${day} ${clock},${digits(time.getMilliseconds(), 3)}`;
}

/** The levels of the log, from the least to the most urgent. */
export const logLevels = ["debug", "info", "warning", "error", "critical"] as const;
export type LogLevel = typeof logLevels[number];

/** Whether a line of `level` is written with the log level `threshold`. */
export function isLogged(level: LogLevel, threshold: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(threshold);
}

const numberFields: ReadonlySet<string> = new Set<LogField>(["created", "levelno", "msecs", "process"]);

/** `%%`, `%(field)` with printf modifiers and a conversion, or any other `%`, which is a mistake. */
const directive = /%(?:(%)|\((\w+)\)([-+ #0]*)(\d*)(?:\.(\d+))?([a-zA-Z]))|%.{0,12}/gs;

/**
 * Reads a `--log-format`: `json`, or a format of Python's `logging.Formatter`, for example
 * `%(asctime)-15s %(name)s: %(message)s`.
 *
 * Throws a SyntaxError that quotes the wrong part.
 */
export function parseLogFormat(format: string): LogFormat {
  if (format === "json") return "json";
  const parts: LogFormatPart[] = [];
  let end = 0;
  for (const match of format.matchAll(directive)) {
    if (match.index > end) parts.push(format.slice(end, match.index));
    end = match.index + match[0].length;
    parts.push(match[1] ? "%" : readField(match));
  }
  if (end < format.length) parts.push(format.slice(end));
  return parts;
}

function readField(match: RegExpExecArray): LogFormatPart {
  const [text, , field, flags = "", width = "", precision, letter = ""] = match;
  if (field === undefined) {
    throw new SyntaxError(`${JSON.stringify(text)} is no field (a lone % is written %%)`);
  }
  if (!isLogField(field)) {
    throw new SyntaxError(`no field is named ${field} (there are ${Object.keys(logFields).join(", ")})`);
  }
  const conversion = letter === "i" ? "d" : letter;
  if (conversion !== "s" && conversion !== "d" && conversion !== "f") {
    throw new SyntaxError(`${text} ends with ${letter}, where s, d or f is expected`);
  }
  if (conversion !== "s" && !numberFields.has(field)) {
    throw new SyntaxError(`${text} asks for a number, but ${field} is text: write %(${field})s`);
  }
  return {
    field,
    conversion,
    leftAligned: flags.includes("-"),
    zeroPadded: flags.includes("0"),
    width: Math.min(Number(width), 1000),
    precision: precision === undefined
      ? undefined
      : Math.min(Number(precision), conversion === "f" ? 20 : 1e6),
  };
}

function isLogField(name: string): name is LogField {
  return Object.hasOwn(logFields, name);
}

/** The line for `record`, without a line break at its end. One record is always one line. */
export function formatLogLine(format: LogFormat, record: LogRecord): string {
  if (format === "json") return formatJson(record);
  return format.map((part) => formatPart(part, record)).join("");
}

function formatJson({ time, level, name, message, processId, fields }: LogRecord): string {
  const line = { time: new Date(time).toISOString(), level, name, process: processId, message };
  return JSON.stringify({ ...line, ...fields });
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
