import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findProgram } from "../../../../tools/install/installMissing.ts";
import { deadline } from "../../../../tools/harness/eventually.ts";

const main = fileURLToPath(new URL("../../../../tools/simulated-marathon/main.ts", import.meta.url));

/** A simulated Marathon at the default address, with its tasks, and a client, in a container's own network. */
export class StartedInNetwork implements AsyncDisposable {
  /** Words before a program of this machine, which has it run in the network there. */
  readonly launcher: readonly string[];
  readonly #marathon: ReturnType<typeof spawn>;

  private constructor(launcher: readonly string[], marathon: ReturnType<typeof spawn>) {
    this.launcher = launcher;
    this.#marathon = marathon;
  }

  /** Starts a Marathon with these apps, which it writes to a file first. */
  static async marathon(
    container: { inNetwork(): Promise<string[]> },
    file: string,
    apps: readonly object[],
  ): Promise<StartedInNetwork> {
    const launcher = await container.inNetwork();
    await writeFile(file, JSON.stringify(apps));
    const [program, ...words] = [...launcher, process.execPath, "run", "-A", main, "--apps", file];
    return new StartedInNetwork(launcher, spawn(program!, words, { stdio: ["ignore", "ignore", "ignore"] }));
  }

  /** What curl prints of an answer, with its headers; rejects when there is none. */
  async curl(words: readonly string[]): Promise<string> {
    const curl = await findProgram("curl", process.env.PATH);
    assert.ok(curl, "This test needs curl");
    const [program, ...launching] = this.launcher;
    const all = [...launching, curl, "--silent", "--show-error", "--include", "--max-time", "10", ...words];
    const { stdout } = await promisify(execFile)(program!, all, { timeout: deadline, maxBuffer: 1 << 24 });
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#marathon, "close");
    this.#marathon.kill("SIGTERM");
    await ended;
  }
}
