import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../tools/harness/freePort.ts";
import { MarathonLb } from "../../tools/harness/MarathonLb.ts";

const executable = fileURLToPath(new URL("../../dist/marathon-lb", import.meta.url));

/** What is measured: the executable, or what the environment says, to look at with a profiler for example. */
export const command = process.env.BENCH_COMMAND?.split(" ") ?? [executable];

/** Milliseconds that a large cluster may take on a slow machine. */
const patience = 600_000;

/** A built marathon-lb that runs, with its HAProxy, and what is measured of it. */
export class Subject {
  private constructor(
    readonly lb: MarathonLb,
    readonly directory: string,
    readonly ports: { http: number; admin: number },
  ) {}

  static async start(marathon: string, flags: readonly string[] = []): Promise<Subject> {
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-bench-"));
    const [http, https, admin, appid] = await freePorts(4);
    const binds = { "http-bind": http, "https-bind": https, "admin-bind": admin, "appid-bind": appid };
    const words = [
      "sse",
      ...Object.entries(binds).flatMap(([flag, port]) => [`--${flag}`, `127.0.0.1:${port}`]),
      ...["work", "run", "state", "cert"].flatMap((name) => [`--${name}-dir`, join(directory, name)]),
      ...["--group", "external", "--health-check", "--log-level", "DEBUG", "--marathon", marathon],
      ...flags,
    ];
    const [program = "", ...before] = command;
    const lb = new MarathonLb([program, ...before, ...words], {
      cwd: process.cwd(),
      // As the image and the systemd unit set it.
      env: { ...process.env, MALLOC_ARENA_MAX: "1" },
      patience,
    });
    await lb.until(/HAProxy serves/);
    await lb.until(/triggered by .*a new connection to the event stream/);
    return new Subject(lb, directory, { http: http!, admin: admin! });
  }

  /** Milliseconds of processor time of the controller, without HAProxy, in the kernel's ticks of 10 ms. */
  async cpu(): Promise<number> {
    const stat = await readFile(`/proc/${this.lb.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /**
   * Megabytes of the controller: resident `now`, `own` without pages of files that the kernel may drop, and `peak` so far.
   */
  async memory(): Promise<{ now: number; own: number; peak: number }> {
    const status = await readFile(`/proc/${this.lb.pid}/status`, "utf8");
    const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
    return { now: read("VmRSS"), own: read("RssAnon"), peak: read("VmHWM") };
  }

  /** Megabytes of HAProxy's newest worker, the last of its processes, resident. */
  async workerMemory(): Promise<number> {
    const pids = await get(`http://127.0.0.1:${this.ports.admin}/_haproxy_getpids`);
    const status = await readFile(`/proc/${pids.trim().split(" ").at(-1)}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  }

  /** Milliseconds that a reload of the files takes as they are. */
  async reload(): Promise<number> {
    const line = this.lb.lines.length;
    this.lb.signal("SIGUSR1");
    await this.lb.until(/Reloaded .* as it is on disk/, line);
    return await this.metric("marathon_lb_last_reload_duration_seconds") * 1000;
  }

  /** The value of one of the controller's own metrics. */
  async metric(line: string): Promise<number> {
    const text = await get(`http://127.0.0.1:${this.ports.admin}/_mlb_metrics`);
    const found = text.split("\n").find((row) => row.startsWith(`${line} `));
    if (found === undefined) throw new Error(`There is no metric ${line}`);
    return Number(found.slice(line.length + 1));
  }

  async stop(): Promise<void> {
    this.lb.signal("SIGTERM");
    await this.lb.exited;
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
