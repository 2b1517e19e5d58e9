import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";

/** A HAProxy in master-worker mode, started as marathon-lb starts it, that is reloaded by hand. */
export class RunningHaproxy {
  readonly #child: ChildProcess;
  readonly #directory: string;
  #said = "";

  private constructor(child: ChildProcess, directory: string) {
    this.#child = child;
    this.#directory = directory;
    child.stderr!.setEncoding("utf8").on(
      "data",
      (piece: string) => this.#said = (this.#said + piece).slice(-2_000),
    );
  }

  /**
   * Resolves when its worker answers.
   *
   * @param directory where the configuration is, as `haproxy.cfg`, whose `stats socket` is `run/socket`
   */
  static async start(program: string, directory: string): Promise<RunningHaproxy> {
    const words = ["-W", "-db", "-S", `${join(directory, "run", "master.sock")},mode,600`];
    const child = spawn(program, [...words, "-f", join(directory, "haproxy.cfg")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const haproxy = new RunningHaproxy(child, directory);
    await haproxy.#untilAnother("");
    return haproxy;
  }

  /** Writes the state of the servers where the next worker reads it, as marathon-lb does before a reload. */
  async saveState(): Promise<void> {
    const state = await this.#ask("socket", "show servers state");
    await writeFile(join(this.#directory, "state", "global"), `${state}\n`);
  }

  /** Reloads. Resolves to the milliseconds until the new worker answers, and those of the processor in its new processes. */
  async reload(): Promise<{ milliseconds: number; processor: number }> {
    const before = await this.#worker();
    const spent = await processorTime(this.#child.pid!);
    const begin = performance.now();
    // The answer of the master comes later, or not at all.
    const asked = this.#ask("master.sock", "reload");
    await this.#untilAnother(before);
    const milliseconds = performance.now() - begin;
    const [master, worker] = [this.#child.pid!, await this.#worker()];
    const processor = await processorTime(master) - spent + await processorTime(Number(worker));
    await asked;
    return { milliseconds, processor };
  }

  /** Megabytes of the worker, resident. */
  async memory(): Promise<number> {
    const status = await readFile(`/proc/${await this.#worker()}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
  }

  async #untilAnother(before: string): Promise<void> {
    while (true) {
      if (this.#child.exitCode !== null) throw new Error(`HAProxy ended: ${this.#said}`);
      const now = await this.#worker();
      if (now !== "" && now !== before) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The process that accepted a connection to the socket of the workers; empty when none did. */
  async #worker(): Promise<string> {
    return /^Pid: (\d+)/m.exec(await this.#ask("socket", "show info"))?.[1] ?? "";
  }

  #ask(socket: string, command: string): Promise<string> {
    return new Promise((resolve) => {
      let answer = "";
      const connection = connect({ path: join(this.#directory, "run", socket) });
      connection.setEncoding("utf8");
      connection.on("data", (piece: string) => answer += piece);
      connection.on("error", () => {/* a master that loads closes it: `close` follows */});
      connection.on("close", () => resolve(answer.trim()));
      connection.write(`${command}\n`);
    });
  }
}

/** Milliseconds of processor time of a process so far, in the kernel's ticks of 10 ms. */
async function processorTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
