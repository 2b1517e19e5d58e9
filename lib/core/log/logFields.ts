import type { LogRecord } from "./LogRecord.ts";
import type { LogLevel } from "./logLevels.ts";

/** Python's `logging` numbers its levels, `%(levelno)d`. */
const levelNumbers: Record<LogLevel, number> = { debug: 10, info: 20, warning: 30, error: 40, critical: 50 };

/**
 * The fields a log format may name: those of Python's `logging.LogRecord` that mean something in this
 * program (there is no source line to tell, and one thread).
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
