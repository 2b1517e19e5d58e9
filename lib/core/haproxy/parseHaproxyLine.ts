/** The severities HAProxy puts before its own messages, lower case. */
export type HaproxySeverity = "alert" | "warning" | "notice" | "diag";

/** One message HAProxy wrote about itself to standard error. */
export interface HaproxyLine {
  severity: HaproxySeverity;
  /** The process that wrote it: the master or one of its workers. */
  pid: number;
  message: string;
}

const messageLine = /^\[(ALERT|WARNING|NOTICE|DIAG)\s*\]\s*\((\d+)\) : (.*)$/;

/**
 * `[WARNING]  (4590) : text` in its parts. Undefined for anything else: the continuation of a message, or what a
 * `log stdout` line of the configuration sends.
 */
export function parseHaproxyLine(line: string): HaproxyLine | undefined {
  const match = messageLine.exec(line);
  if (!match) return undefined;
  const [, severity = "", pid, message = ""] = match;
  return { severity: severity.toLowerCase() as HaproxySeverity, pid: Number(pid), message };
}
