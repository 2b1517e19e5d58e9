export { type LogLevel, logLevels } from "../../core/log/logLevels.ts";

/** One line for each event that matters to an operator. Messages never hold credentials. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  /** A logger whose lines carry another name (`%(name)s`), for example `haproxy` for HAProxy's own lines. */
  named(name: string): Logger;
}
