import { access } from "node:fs/promises";
import { hostname } from "node:os";
import type { Options } from "../../core/flags/options.ts";
import { describeSyslogTarget, formatSyslogMessage } from "../../core/log/syslog.ts";
import type { LogRecord } from "../../core/log/format.ts";
import type { Clock } from "../system/clock.ts";
import { createLogger, type Logger, writeToStandardError } from "./logger.ts";
import { openSyslog } from "./syslogTransports.ts";
import { SyslogSender } from "./syslogSender.ts";

export interface Log {
  /** Writes to standard error and, where there is one, to a syslog server. */
  readonly logger: Logger;
  /** An error for the syslog server only. The caller writes the error that ends the run to standard error. */
  readonly tellSyslog: (message: string) => void;
  /** Waits a short time for what the syslog server has not taken yet. */
  readonly close: () => Promise<void>;
}

/** The log that the options ask for. @param toConsole writes a line to standard error */
export async function openLog(
  { logLevel: level, logFormat: format, syslogSocket: target }: Pick<
    Options,
    "logLevel" | "logFormat" | "syslogSocket"
  >,
  clock: Clock,
  toConsole: (line: string) => void = writeToStandardError,
): Promise<Log> {
  const console = createLogger({ level, format, clock, write: toConsole });
  if (target.transport === "none") return onlyConsole(console);
  if (target.transport === "unix" && target.optional && !await exists(target.path)) {
    return onlyConsole(console);
  }

  const host = target.transport === "unix" ? undefined : hostname();
  const sender = new SyslogSender({
    name: describeSyslogTarget(target),
    open: (signal) => openSyslog(target, clock, signal),
    optional: target.transport === "unix" && target.optional,
    clock,
  });
  const toSyslog = (line: string, record: LogRecord) => sender.send(formatSyslogMessage(record, line, host));
  const logger = createLogger({
    level,
    format,
    clock,
    write: (line, record) => {
      toConsole(line);
      toSyslog(line, record);
    },
  });
  sender.start({ console, logger });
  return {
    logger,
    tellSyslog: createLogger({ level, format, clock, write: toSyslog }).error,
    close: () => sender.close(),
  };
}

function onlyConsole(logger: Logger): Log {
  return { logger, tellSyslog: () => {}, close: () => Promise.resolve() };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
