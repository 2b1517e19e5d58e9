import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** How HAProxy is started. */
export interface HaproxyCommand {
  /** Path of the executable. */
  path: string;
  /** Path of the master socket, which HAProxy makes, readable by this user only. */
  masterSocket: string;
  configFile: string;
  /** All of HAProxy's environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** Called with every line HAProxy or its workers write. */
  onLine: (line: string) => void;
}

/** How a HAProxy master ended. */
export interface HaproxyExit {
  code: number | null;
  signal: string | null;
}

/** One HAProxy in master-worker mode: the master process, and by its process group all of its workers. */
export class HaproxyMaster {
  /** Resolves when the master has ended, no worker is left and all output was handed to `onLine`. */
  readonly exited: Promise<HaproxyExit>;

  private constructor(readonly pid: number, child: ChildProcess, onLine: (line: string) => void) {
    const outputs = [child.stdout, child.stderr].map((stream) => forwardLines(stream!, onLine));
    // Workers end by themselves when the master dies, but only when they notice; until then they would take connections.
    child.on("exit", () => this.kill());
    this.exited = Promise.all([once(child, "close"), ...outputs])
      .then(([[code, signal]]) => ({ code, signal }));
  }

  /** Starts HAProxy in the foreground. Throws when the system cannot run it; whether it works shows later. */
  static async spawn(
    { path, masterSocket, configFile, env, onLine }: HaproxyCommand,
  ): Promise<HaproxyMaster> {
    // `-db` keeps HAProxy in the foreground even when the file says `daemon`.
    const args = ["-W", "-db", "-S", `${masterSocket},mode,600`, "-f", configFile];
    // In a process group of its own, HAProxy does not get a terminal's Ctrl-C, which would cut its requests.
    const child = spawn(path, args, { env: { ...env }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    if (child.pid !== undefined) return new HaproxyMaster(child.pid, child, onLine);
    const [error] = await once(child, "error");
    throw new Error(`HAProxy cannot be started: ${path}: ${error.message}`, { cause: error });
  }

  /** `SIGUSR1` for a graceful stop, `SIGTERM` for one that cuts requests. Nothing happens to one that has ended. */
  signal(name: "SIGUSR1" | "SIGTERM"): void {
    sendSignal(this.pid, name);
  }

  /** Ends the master and all workers at once. */
  kill(): void {
    sendSignal(-this.pid, "SIGKILL");
  }

  /** The master and its workers, old ones that still drain included. */
  pids(): number[] {
    try {
      const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, "utf8");
      return [this.pid, ...children.split(" ").filter(Boolean).map(Number)];
    } catch {
      // Without /proc, or when the master is gone, its own id is all there is to tell.
      return [this.pid];
    }
  }
}

function sendSignal(pid: number, name: string): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function forwardLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) onLine(line);
}
