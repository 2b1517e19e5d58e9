import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { deadline } from "./eventually.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Surroundings {
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** A marathon-lb that runs as a process of its own. */
export class MarathonLb {
  readonly pid: number;
  /** The log so far: standard error, line by line. */
  readonly lines: string[] = [];
  /** Standard output so far. */
  output = "";
  /** How it ended, once it did and all of its output was read. */
  readonly exited: Promise<Exit>;
  readonly #heard = new EventTarget();
  #exit: Exit | undefined;

  constructor([program, ...words]: readonly [string, ...string[]], { cwd, env }: Surroundings) {
    // In our process group, so that Ctrl-C at the tests stops it too.
    const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    child.once("error", () => {/* the next line tells of it */});
    if (child.pid === undefined) throw new Error(`${program} cannot be started`);
    this.pid = child.pid;
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.output += text);
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.lines.push(line);
      this.#heard.dispatchEvent(new Event("news"));
    });
    this.exited = once(child, "close").then(([code, signal]) => {
      this.#exit = { code, signal };
      this.#heard.dispatchEvent(new Event("news"));
      return this.#exit;
    });
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  /** Sends a signal. (`child.kill` would have Deno report that signal as the end, whatever the process made of it.) */
  signal(name: NodeJS.Signals): void {
    if (this.running) process.kill(this.pid, name);
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
    const timeout = AbortSignal.timeout(deadline);
    while (true) {
      const line = this.lines.slice(after).find((line) => pattern.test(line));
      if (line !== undefined) return line;
      if (!this.running) throw new Error(`It ended without a line ${pattern} in its log`);
      await once(this.#heard, "news", { signal: timeout }).catch(() => {
        throw new Error(`There was no line ${pattern} in the log within ${deadline / 1000} s`);
      });
    }
  }
}
