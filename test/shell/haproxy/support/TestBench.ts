import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findHaproxy } from "../../../../lib/shell/haproxy/binary.ts";
import { HaproxySupervisor } from "../../../../lib/shell/haproxy/supervisor.ts";
import { freePort } from "../../../../tools/harness/freePort.ts";
import { RecordingLogger } from "../../../support/RecordingLogger.ts";
import { RecordingClock } from "./RecordingClock.ts";

/** Ends a test that waits for what will not come. */
export const limit = () => AbortSignal.timeout(20_000);

/** A directory and a port of its own, a supervisor for the real HAProxy in it, and everything removed at the end. */
export class TestBench {
  readonly logger = new RecordingLogger();
  readonly clock = new RecordingClock();
  readonly #supervisors: HaproxySupervisor[] = [];

  private constructor(readonly directory: string, readonly port: number, readonly haproxy: string) {}

  /** Runs a test on a bench; afterwards no process of it may be left. */
  static async use(test: (bench: TestBench) => Promise<void>): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), "haproxy-test-"));
    const { path } = await findHaproxy(undefined, { env: process.env, signal: limit() });
    const bench = new TestBench(directory, await freePort(), path);
    let left: number[] = [];
    try {
      await test(bench);
    } finally {
      left = await bench.#clear();
    }
    assert.deepEqual(left, [], "processes were left behind");
  }

  async #clear(): Promise<number[]> {
    for (const supervisor of this.#supervisors) await supervisor.kill();
    const left = this.processes();
    for (const pid of left) process.kill(pid, "SIGKILL");
    await rm(this.directory, { recursive: true });
    return left;
  }

  get configFile(): string {
    return join(this.directory, "haproxy.cfg");
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Writes a configuration whose frontend, on our port, holds these rules. */
  async configure(rules: string, { global = "", more = "" } = {}): Promise<void> {
    await writeFile(
      this.configFile,
      `global
  maxconn 100
  ${global}
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 1s
frontend test
  bind 127.0.0.1:${this.port}
  ${rules}
${more}
`,
    );
  }

  /** A configuration that answers every request with this text. */
  answer(text: string): Promise<void> {
    return this.configure(`http-request return status 200 content-type text/plain string "${text}"`);
  }

  supervisor(
    options: {
      haproxy?: string;
      serverStateFile?: string;
      countersFile?: string;
      resting?: () => ReadonlySet<string>;
      shutdownTimeout?: number;
      env?: Env;
    } = {},
  ) {
    const supervisor = new HaproxySupervisor({
      haproxy: options.haproxy ?? this.haproxy,
      configFile: this.configFile,
      masterSocket: this.path("master.sock"),
      env: options.env ?? {},
      clock: this.clock,
      logger: this.logger,
      shutdownTimeout: options.shutdownTimeout ?? 10_000,
      serverStateFile: options.serverStateFile,
      countersFile: options.countersFile,
      resting: options.resting,
    });
    this.#supervisors.push(supervisor);
    return supervisor;
  }

  /** Asks our port, on a connection of its own. */
  async get(path = "/", init: RequestInit = {}): Promise<string> {
    const response = await fetch(this.url + path, {
      ...init,
      headers: { connection: "close" },
      signal: limit(),
    });
    return `${response.status} ${await response.text()}`;
  }

  /** Every process whose command line names our directory, whoever its parent is by now. */
  processes(): number[] {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(this.directory);
      } catch {
        return false; // it has ended meanwhile
      }
    });
  }

  /** Waits until it is so. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const signal = limit();
    while (!await condition()) await this.clock.real.sleep(10, signal);
  }
}

type Env = Record<string, string>;
