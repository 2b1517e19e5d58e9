import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const executable = fileURLToPath(new URL("../../dist/marathon-lb", import.meta.url));

/** What is measured: the executable, or what the environment says, to look at with a profiler for example. */
export const command = process.env.BENCH_COMMAND?.split(" ") ?? [executable];

/** A built marathon-lb that runs, with its HAProxy. */
export class Subject {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  private constructor(
    child: ChildProcess,
    readonly directory: string,
    readonly ports: { http: number; admin: number },
  ) {
    this.#child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface(stream).on("line", (line) => {
        this.lines.push(line);
        for (const wake of this.#waiting) wake();
      });
    }
  }

  static async start(marathon: string, flags: readonly string[] = []): Promise<Subject> {
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-bench-"));
    const [http, https, admin, appid] = await Promise.all(Array.from({ length: 4 }, freePort));
    const binds = { "http-bind": http, "https-bind": https, "admin-bind": admin, "appid-bind": appid };
    const words = [
      "sse",
      ...Object.entries(binds).flatMap(([flag, port]) => [`--${flag}`, `127.0.0.1:${port}`]),
      ...["work", "run", "state", "cert"].flatMap((name) => [`--${name}-dir`, join(directory, name)]),
      ...["--group", "external", "--health-check", "--log-level", "DEBUG", "--marathon", marathon],
      ...flags,
    ];
    const [program = "", ...before] = command;
    const child = spawn(program, [...before, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      // As the image and the systemd unit set it.
      env: { ...process.env, MALLOC_ARENA_MAX: "1" },
    });
    const subject = new Subject(child, directory, { http: http!, admin: admin! });
    await subject.until(/HAProxy serves/);
    await subject.until(/asked by .*a new connection to the event stream/);
    return subject;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves with the first line from now on, or from `start`, that matches. */
  async until(pattern: RegExp, start = 0): Promise<string> {
    let next = start;
    while (true) {
      for (; next < this.lines.length; next++) if (pattern.test(this.lines[next]!)) return this.lines[next]!;
      if (this.#child.exitCode !== null) throw new Error(`It ended: ${this.lines.slice(-5).join("\n")}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        setTimeout(wake, 1_000);
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    // Deno's `ChildProcess.kill` sends one signal in the life of a process.
    process.kill(this.pid, name);
  }

  /** Milliseconds of processor time of the controller, without HAProxy, in the kernel's ticks of 10 ms. */
  async cpu(): Promise<number> {
    const stat = await readFile(`/proc/${this.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Megabytes that the controller holds: now, without the pages of its file that the kernel may drop, and at most so far. */
  async memory(): Promise<{ now: number; own: number; peak: number }> {
    const status = await readFile(`/proc/${this.pid}/status`, "utf8");
    const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
    return { now: read("VmRSS"), own: read("RssAnon"), peak: read("VmHWM") };
  }

  /** The value of one of the controller's own metrics. */
  async metric(line: string): Promise<number> {
    const text = await get(`http://127.0.0.1:${this.ports.admin}/_mlb_metrics`);
    const found = text.split("\n").find((row) => row.startsWith(`${line} `));
    if (found === undefined) throw new Error(`There is no metric ${line}`);
    return Number(found.slice(line.length + 1));
  }

  async stop(): Promise<void> {
    this.signal("SIGTERM");
    await new Promise((resolve) =>
      this.#child.exitCode === null ? this.#child.once("exit", resolve) : resolve(0)
    );
    await rm(this.directory, { recursive: true });
  }
}

/** The body of an answer, over a connection of its own; empty when it is no 200. */
export function get(url: string, host?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const asked = request(url, { agent: false, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => body += piece);
      response.on("end", () => resolve(response.statusCode === 200 ? body : ""));
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
