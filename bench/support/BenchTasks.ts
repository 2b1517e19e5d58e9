import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { taskPorts } from "./makeCluster.ts";
import { get } from "./Subject.ts";

const configuration = `
global
  maxconn 5000
  nbthread 1
defaults
  mode http
  timeout client 600s
  timeout connect 1s
  timeout server 600s
frontend tasks
${taskPorts.map((port) => `  bind 0.0.0.0:${port}`).join("\n")}
  http-request return status 200 content-type text/plain lf-string "%[dst]:%[dst_port]"
`;

/**
 * All tasks of a cluster: every loopback address answers with itself, at each of their ports. An HAProxy of its own, because
 * thirty thousand health checks would keep anything slower busy.
 */
export class BenchTasks {
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, directory: string) {
    this.#child = child;
    this.#directory = directory;
  }

  static async start(): Promise<BenchTasks> {
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-bench-tasks-"));
    const file = join(directory, "tasks.cfg");
    await writeFile(file, configuration);
    const child = spawn("haproxy", ["-db", "-f", file], { stdio: "ignore" });
    while (await get(`http://127.0.0.1:${taskPorts[0]}/`).catch(() => "") === "") {
      if (child.exitCode !== null) throw new Error("The HAProxy that stands for the tasks did not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return new BenchTasks(child, directory);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await ended;
    await rm(this.#directory, { recursive: true });
  }
}
