import type { LogLevel } from "../../lib/core/log/format.ts";
import type { Logger } from "../../lib/shell/log/logger.ts";

/** Keeps every line as `level name: message`, for assertions. */
export class RecordingLogger implements Logger {
  constructor(readonly lines: string[] = [], readonly name = "marathon_lb") {}

  debug(message: string): void {
    this.#record("debug", message);
  }
  info(message: string): void {
    this.#record("info", message);
  }
  warning(message: string): void {
    this.#record("warning", message);
  }
  error(message: string): void {
    this.#record("error", message);
  }
  named(name: string): Logger {
    return new RecordingLogger(this.lines, name);
  }

  #record(level: LogLevel, message: string): void {
    this.lines.push(`${level} ${this.name}: ${message}`);
  }
}
