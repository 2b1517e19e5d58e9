import process from "node:process";
import {
  formatLogLine,
  isLogged,
  type LogFields,
  type LogLevel,
  type LogRecord,
  parseLogFormat,
} from "../../core/log/format.ts";
import { type Clock, systemClock } from "../system/clock.ts";

/** One line for each event that matters to an operator. Messages never hold credentials. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines carry another name (`%(name)s`), for example `haproxy` for HAProxy's own lines. */
  named(name: string): Logger;
}

export interface LoggerSettings {
  /** Lines below this level are not written. */
  level: LogLevel;
  /** Python's `%(asctime)s` style, or `json`: see `parseLogFormat`. */
  format: string;
  /** Takes each line, without a line break at its end, and its record; standard error by default. */
  write?: (line: string, record: LogRecord) => void;
  clock?: Pick<Clock, "now">;
  /** `%(name)s` of the lines; the reference's is `marathon_lb`. */
  name?: string;
  processId?: number;
}

/** The log that an operator reads. Throws a SyntaxError for a format that cannot be read. */
export function createLogger(settings: LoggerSettings): Logger {
  const { level: threshold, write = writeToStandardError, clock = systemClock, processId = process.pid } =
    settings;
  const format = parseLogFormat(settings.format);

  function loggerNamed(name: string): Logger {
    const log = (level: LogLevel) => (message: string, fields?: LogFields) => {
      if (!isLogged(level, threshold)) return;
      const record = { time: clock.now(), level, name, message, processId, ...fields && { fields } };
      write(formatLogLine(format, record), record);
    };
    return {
      debug: log("debug"),
      info: log("info"),
      warning: log("warning"),
      error: log("error"),
      named: loggerNamed,
    };
  }
  return loggerNamed(settings.name ?? "marathon_lb");
}

/** Writes one line, which has no line break at its end. */
export function writeToStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Keeps the process alive when the reader of its log ends (EPIPE, ECONNRESET), or when the terminal or the disk is
 * lost. Without a listener, the error would end the process. There is nowhere to log it, but a syslog server still
 * receives the lines.
 */
export function surviveWithoutReader(): void {
  process.stderr.on("error", () => {/* no reader is left */});
}
