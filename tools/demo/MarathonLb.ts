import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

export interface MarathonLbOptions {
  readonly executable: string;
  readonly words: readonly string[];
  /** Its current directory. */
  readonly directory: string;
  /** Gets each line that it writes to standard error. */
  readonly onLine: (line: string) => void;
}

/** A running marathon-lb. */
export class MarathonLb {
  /** Resolves to how it ended, in a few words, with the last that it said. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #lastLine = "";

  constructor({ executable, words, directory, onLine }: MarathonLbOptions) {
    // Our environment may hold flags, so that only the path is passed on; without HAPROXY_SYSLOGD, HAProxy would log
    // to /dev/log, which containers do not have.
    const env = { PATH: process.env.PATH, HAPROXY_SYSLOGD: "true" };
    // In a process group of its own it does not get the terminal's Ctrl-C: the demo stops it in the right order.
    this.#child = spawn(executable, words, {
      cwd: directory,
      detached: true,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (this.#child.stderr) {
      createInterface({ input: this.#child.stderr }).on("line", (line) => {
        this.#lastLine = line;
        onLine(line);
      });
    }
    this.ended = once(this.#child, "close").then(
      ([code, signal]) => `${signal ? `by ${signal}` : `with code ${code}`}: ${this.#lastLine}`,
      (error: Error) => error.message,
    );
  }

  /** @throws {Error} when it could not be started */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("marathon-lb has not been started");
    return this.#child.pid;
  }

  /** Stops it softly, after 5 s at once, after 10 s by force. */
  async stop(): Promise<void> {
    for (const signal of ["SIGTERM", "SIGTERM", "SIGKILL"] as const) {
      this.#child.kill(signal);
      const cancel = new AbortController();
      const patience = delay(5000, "impatient", { signal: cancel.signal }).catch(() => "cancelled");
      const outcome = await Promise.race([this.ended, patience]);
      cancel.abort();
      if (outcome !== "impatient") return;
    }
  }
}
