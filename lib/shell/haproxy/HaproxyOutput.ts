import { describeAlerts } from "../../core/haproxy/describeAlerts.ts";
import { isProxyStopped } from "../../core/haproxy/isProxyStopped.ts";
import { type HaproxySeverity, parseHaproxyLine } from "../../core/haproxy/parseHaproxyLine.ts";
import type { Logger } from "../log/Logger.ts";

const levels: Record<HaproxySeverity, "error" | "warning" | "info" | "debug"> = {
  alert: "error",
  warning: "warning",
  notice: "info",
  diag: "debug",
};

// Enough for the 50 errors after which HAProxy stops reading a file.
const keptLines = 200;

/**
 * Takes HAProxy's output line by line: each goes to the log, and the last are kept, because HAProxy 2.6 says why a start
 * or a reload failed nowhere else.
 */
export class HaproxyOutput {
  #kept: string[] = [];

  constructor(readonly logger: Logger) {}

  add(line: string): void {
    // Of ten thousand apps a reload would be twenty thousand lines that say nothing.
    if (line === "" || isProxyStopped(line)) return;
    const parsed = parseHaproxyLine(line);
    if (parsed) this.logger[levels[parsed.severity]](`(${parsed.pid}) ${parsed.message}`);
    else this.logger.info(line);
    this.#kept = [...this.#kept, line].slice(-keptLines);
  }

  /** From here on, `failure` tells only of what comes. */
  forget(): void {
    this.#kept = [];
  }

  /** What HAProxy said about why it could not load, on one line. `pid`: only what this process said. */
  failure(pid?: number): string {
    const lines = this.#kept.filter((line) =>
      pid === undefined || (parseHaproxyLine(line)?.pid ?? pid) === pid
    );
    const said = describeAlerts(lines.join("\n"));
    return said || lines.at(-1)?.trim() || "HAProxy did not say why";
  }
}
