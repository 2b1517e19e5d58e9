import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { deadline } from "./eventually.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface MarathonLbOptions {
  /** Its current directory. */
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Starts it in a process group of its own, where the terminal's Ctrl-C does not reach it. */
  readonly detached?: boolean;
  /** Milliseconds that `until` waits for a line. */
  readonly patience?: number;
  /** Gets each line of its log. */
  readonly onLine?: (line: string) => void;
}

/** Milliseconds after which `stop` sends the next signal. */
const betweenSignals = 5_000;

/** A marathon-lb that runs as a process of its own, for tests, benchmarks and demonstrations. */
export class MarathonLb {
  readonly pid: number;
  /** The log so far: standard error, line by line. */
  readonly lines: string[] = [];
  /** Standard output so far. */
  output = "";
  /** How it ended, once it did and all of its output was read. */
  readonly exited: Promise<Exit>;
  /** The same in a few words, with the last line of its log. */
  readonly ended: Promise<string>;
  readonly #heard = new EventTarget();
  readonly #child: ChildProcess;
  readonly #patience: number;
  #exit: Exit | undefined;

  /** @throws {Error} when it cannot be started */
  constructor(
    [program, ...words]: readonly [string, ...string[]],
    { cwd, env, detached = false, patience = deadline, onLine }: MarathonLbOptions,
  ) {
    const child = spawn(program, words, { cwd, env, detached, stdio: ["ignore", "pipe", "pipe"] });
    child.once("error", () => {/* the next line tells of it */});
    if (child.pid === undefined) throw new Error(`${program} cannot be started`);
    this.pid = child.pid;
    this.#child = child;
    this.#patience = patience;
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.output += text);
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.lines.push(line);
      onLine?.(line);
      this.#heard.dispatchEvent(new Event("news"));
    });
    this.exited = once(child, "close").then(([code, signal]) => {
      this.#exit = { code, signal };
      this.#heard.dispatchEvent(new Event("news"));
      return this.#exit;
    });
    this.ended = this.exited.then(({ code, signal }) =>
      `${signal ? `by ${signal}` : `with code ${code}`}: ${this.lines.at(-1) ?? ""}`
    );
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  /** Sends a signal. (`child.kill` would have Deno report that signal as the end, whatever the process made of it.) */
  signal(name: NodeJS.Signals): void {
    if (this.running) process.kill(this.pid, name);
  }

  /** Stops it softly, after 5 s at once, after 10 s by force. */
  async stop(): Promise<void> {
    for (const signal of ["SIGTERM", "SIGTERM", "SIGKILL"] as const) {
      this.signal(signal);
      const cancel = new AbortController();
      const patience = setTimeout(betweenSignals, "impatient", { signal: cancel.signal }).catch(() =>
        "cancelled"
      );
      const outcome = await Promise.race([this.exited, patience]);
      cancel.abort();
      if (outcome !== "impatient") return;
    }
  }

  /** Closes the reading ends of its output: from here on, its pipes have no reader. */
  stopReading(): void {
    this.#child.stdout!.destroy();
    this.#child.stderr!.destroy();
  }

  /** How many lines of the log match. */
  count(pattern: RegExp): number {
    return this.lines.filter((line) => pattern.test(line)).length;
  }

  /**
   * Resolves to the first line of the log that matches.
   *
   * @param after how many lines from the start to leave out: `lines.length` before what should cause the line
   */
  async until(pattern: RegExp, after = 0): Promise<string> {
    const timeout = AbortSignal.timeout(this.#patience);
    while (true) {
      const line = this.lines.slice(after).find((line) => pattern.test(line));
      if (line !== undefined) return line;
      if (!this.running) {
        throw new Error(`It ended without a line ${pattern} in its log: ${this.lines.slice(-5).join("\n")}`);
      }
      await once(this.#heard, "news", { signal: timeout }).catch(() => {
        throw new Error(`There was no line ${pattern} in the log within ${this.#patience / 1000} s`);
      });
    }
  }
}
