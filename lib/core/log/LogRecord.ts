import type { LogLevel } from "./logLevels.ts";

/** One event, before it is written as a line. */
export interface LogRecord {
  /** Milliseconds since 1970. */
  time: number;
  level: LogLevel;
  /** The part of the program that speaks, `marathon_lb` or `haproxy`. */
  name: string;
  message: string;
  processId: number;
}
