import process from "node:process";
import { formatLogLine } from "../../core/log/formatLogLine.ts";
import { isLogged, type LogLevel } from "../../core/log/logLevels.ts";
import type { LogRecord } from "../../core/log/LogRecord.ts";
import { parseLogFormat } from "../../core/log/parseLogFormat.ts";
import type { Clock } from "../clock/Clock.ts";
import { systemClock } from "../clock/systemClock.ts";
import type { Logger } from "./Logger.ts";
import { writeToStandardError } from "./writeToStandardError.ts";

export interface LoggerSettings {
  /** Lines below this level are not written. */
  level: LogLevel;
  /** Python's `%(asctime)s` style, or `json`: see `parseLogFormat`. */
  format: string;
  /** Takes each line, without a line break at its end, and what it tells of; standard error by default. */
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
    const log = (level: LogLevel) => (message: string) => {
      if (!isLogged(level, threshold)) return;
      const record = { time: clock.now(), level, name, message, processId };
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
