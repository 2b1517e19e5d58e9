import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Longer than any test: `finish` ends it. */
const seconds = 120;

export interface WrkOptions {
  /** Beside that of the host, in the form `Name: value`. With `Connection: close` each request has a connection of its own. */
  readonly headers?: readonly string[];
  readonly connections?: number;
  /** Words before the program: of a command that runs it elsewhere. */
  readonly launcher?: readonly string[];
}

/** A `wrk` that asks for one URL, over and over, on connections that it keeps where nothing says otherwise. */
export class Wrk implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #report: Promise<string>;

  constructor(url: string, host: string, options: WrkOptions = {}) {
    const { headers = [], connections = 50, launcher = [] } = options;
    const asked = [`Host: ${host}`, ...headers].flatMap((header) => ["-H", header]);
    const limits = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s"];
    const [program, ...words] = [...launcher, "wrk", ...limits, ...asked, url];
    this.#child = spawn(program!, words, { stdio: ["ignore", "pipe", "inherit"] });
    this.#report = text(this.#child.stdout!);
  }

  /** Ends it. There were requests, and each had an answer below 400. Returns how many. */
  async finish(): Promise<number> {
    // The end of its time would have come just so.
    this.#child.kill("SIGINT");
    const report = await this.#report;
    const requests = Number(/(\d+) requests in/.exec(report)?.[1]);
    assert.ok(requests > 0, `wrk made no request:\n${report}`);
    // Lines that are only there when there is something to tell.
    assert.doesNotMatch(report, /Socket errors|Non-2xx or 3xx responses/);
    return requests;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
