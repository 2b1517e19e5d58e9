import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findHaproxy } from "../../../lib/shell/haproxy/binary.ts";
import { signalHaproxy } from "../../../lib/shell/haproxy/processes.ts";
import { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { SimulatedMarathonOptions } from "../../../tools/simulated-marathon/SimulatedMarathonOptions.ts";
import { deadline } from "../../../tools/harness/eventually.ts";
import { freePorts } from "../../../tools/harness/freePort.ts";
import { MarathonLb } from "../../../tools/harness/MarathonLb.ts";
import { processesNaming } from "./processesNaming.ts";
import type { Program } from "./programs.ts";
import { type Reply, request, type RequestOptions } from "./request.ts";

export interface StartOptions {
  /** After those of the bench; the last of a flag counts. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A run that has ended. */
export interface Run {
  readonly code: number | null;
  /** Standard output. */
  readonly output: string;
  /** Standard error, line by line. */
  readonly lines: readonly string[];
}

/**
 * A simulated Marathon, and directories and ports for a marathon-lb of a test's own. What is started finds an
 * environment with nothing in it but a PATH to a directory with nothing in it but `haproxy`.
 */
export class Bench {
  /** Base URLs of the listeners. */
  readonly http: string;
  readonly https: string;
  readonly admin: string;
  readonly appid: string;
  /** Words before those that start the program: of a command that becomes it, with other privileges for example. */
  launcher: readonly string[] = [];
  #marathon: SimulatedMarathon | undefined;
  readonly #started: MarathonLb[] = [];

  private constructor(
    readonly program: Program,
    readonly directory: string,
    readonly ports: { http: number; https: number; admin: number; appid: number; marathon: number },
  ) {
    this.http = `http://127.0.0.1:${ports.http}`;
    this.https = `https://127.0.0.1:${ports.https}`;
    this.admin = `http://127.0.0.1:${ports.admin}`;
    this.appid = `http://127.0.0.1:${ports.appid}`;
  }

  /** Runs a test; whatever still runs afterwards has to stop on TERM, and nothing may be left behind. */
  static async use(program: Program, test: (bench: Bench) => Promise<void>): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-e2e-"));
    const [http, https, admin, appid, marathon] = await freePorts(5);
    const ports = { http: http!, https: https!, admin: admin!, appid: appid!, marathon: marathon! };
    const bench = new Bench(program, directory, ports);
    try {
      await bench.#prepare();
      await test(bench);
      for (const lb of bench.#started.filter(({ running }) => running)) await bench.stop(lb);
    } catch (error) {
      bench.#tell();
      throw error;
    } finally {
      await bench.#clear();
    }
  }

  async #prepare(): Promise<void> {
    await Promise.all(["bin", "cwd"].map((name) => mkdir(this.path(name))));
    const searchPath = `${process.env.PATH}:/usr/local/sbin:/usr/sbin`;
    const env = { ...process.env, PATH: searchPath };
    const { path } = await findHaproxy(undefined, { env, signal: AbortSignal.timeout(deadline) });
    await symlink(path, this.path("bin/haproxy"));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /**
   * A domain of its own, for the vhosts of grouped HTTPS: HAProxy makes abstract sockets named after them, which all
   * processes of the machine share.
   */
  get domain(): string {
    return `p${this.ports.https}.test`;
  }

  get configFile(): string {
    return this.path("work/haproxy.cfg");
  }

  readConfig(): Promise<string> {
    return readFile(this.configFile, "utf8");
  }

  get marathonUrl(): string {
    return `http://127.0.0.1:${this.ports.marathon}`;
  }

  async startMarathon(options: SimulatedMarathonOptions = {}): Promise<SimulatedMarathon> {
    return this.#marathon = await SimulatedMarathon.start({ port: this.ports.marathon, ...options });
  }

  /** The flags for this bench's places and its Marathon, without a mode. */
  get flags(): string[] {
    const { http, https, admin, appid } = this.ports;
    const binds = { "http-bind": http, "https-bind": https, "admin-bind": admin, "appid-bind": appid };
    return [
      ...Object.entries(binds).flatMap(([flag, port]) => [`--${flag}`, `127.0.0.1:${port}`]),
      ...["work", "run", "state", "cert"].flatMap((name) => [`--${name}-dir`, this.path(name)]),
      ...[
        "--group",
        "external",
        "--log-level",
        "DEBUG",
        "--log-format",
        "%(levelname)s %(name)s: %(message)s",
      ],
      // Direct mode would write to the log of this machine.
      ...["--syslog-socket", "/dev/null"],
      ...["--marathon", this.marathonUrl],
    ];
  }

  /** Starts a marathon-lb with exactly these words after its name. */
  spawn(words: readonly string[], env: Readonly<Record<string, string>> = {}): MarathonLb {
    const [first, ...more] = [...this.launcher, ...this.program.command, ...words];
    const lb = new MarathonLb([first!, ...more], {
      cwd: this.path("cwd"),
      env: { PATH: this.path("bin"), ...env },
    });
    this.#started.push(lb);
    return lb;
  }

  /** Runs it with exactly these words after its name until it ends by itself. */
  async run(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Run> {
    const lb = this.spawn(words, env);
    const { code } = await lb.exited;
    return { code, output: lb.output, lines: lb.lines };
  }

  /** Starts it in a supervised mode (`sse`), with this bench's flags and more. */
  start({ mode = "sse", flags = [], env }: StartOptions & { mode?: string } = {}): MarathonLb {
    return this.spawn([mode, ...this.flags, ...flags], env);
  }

  /** Starts it as `start` does and waits until HAProxy serves and Marathon's events are heard. */
  async serve(options: StartOptions = {}): Promise<MarathonLb> {
    const lb = this.start(options);
    await lb.until(/HAProxy serves/);
    await lb.until(/Event stream of .* connected/);
    await lb.until(/triggered by .*a new connection to the event stream/);
    return lb;
  }

  /** Stops it as an init system does; it has to end with 0, and no process or listener may be left. */
  async stop(lb: MarathonLb): Promise<void> {
    lb.signal("SIGTERM");
    assert.deepEqual(await lb.exited, { code: 0, signal: null });
    this.assertNothingRuns();
  }

  assertNothingRuns(): void {
    assert.deepEqual(processesNaming(this.directory), [], "processes were left behind");
  }

  /** Asks for a virtual host on the HTTP frontend. */
  get(host: string, path = "/", options: RequestOptions = {}): Promise<Reply> {
    return request(this.http + path, { ...options, headers: { host, ...options.headers } });
  }

  /** The text that an endpoint of the admin port answers, with status 200. */
  async ask(path: string): Promise<string> {
    const { status, body } = await request(this.admin + path);
    assert.equal(status, 200, `${path} answered ${status}: ${body}`);
    return body;
  }

  #tell(): void {
    for (const lb of this.#started) {
      console.error(["The log of the last run:", ...lb.lines.slice(-60)].join("\n"));
    }
  }

  async #clear(): Promise<void> {
    // A worker may end with its master before its turn comes.
    for (const pid of processesNaming(this.directory)) signalHaproxy(pid, "SIGKILL");
    for (const lb of this.#started) await lb.exited;
    await this.#marathon?.stop();
    await rm(this.directory, { recursive: true });
  }
}
