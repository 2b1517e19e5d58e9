import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { deadline, eventually } from "../../../../tools/harness/eventually.ts";
import { findProgram } from "../../../../tools/install/installMissing.ts";

const run = promisify(execFile);
const boot = fileURLToPath(new URL("boot.sh", import.meta.url));
const repository = fileURLToPath(new URL("../../../..", import.meta.url));
const namespaces = ["--mount", "--pid", "--ipc", "--uts", "--net", "--fork", "--kill-child"];

/** What has to be on this machine, and the Debian package that has it. */
const needed = {
  "/usr/lib/systemd/systemd": "systemd",
  "/usr/sbin/haproxy": "haproxy",
  "/usr/bin/unshare": "util-linux",
  "/usr/bin/nsenter": "util-linux",
};

/**
 * Why systemd cannot be booted here, on one line; undefined where it can. It takes all of the steps to a machine but the
 * last, and so leaves nothing.
 */
export async function whyNoSystemd(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "only root can boot systemd";
  for (const [file, name] of Object.entries(needed)) {
    if (!existsSync(file)) return `there is no ${file}: install ${name}`;
  }
  if (!await findProgram("ip", process.env.PATH)) return "there is no ip: install iproute2";
  const machine = await SystemdMachine.prepare();
  try {
    const { status, stderr } = spawnSync("unshare", machine.words("try"), { encoding: "utf8" });
    if (status === 0) return undefined;
    return `no machine can be made here: ${stderr.trim().split("\n").at(-1)}`;
  } finally {
    await machine[Symbol.asyncDispose]();
  }
}

/**
 * A machine with systemd as PID 1: this one's programs, and files, processes, cgroups and a network of its own. The repository
 * is at /source. Everything ends with it.
 */
export class SystemdMachine implements AsyncDisposable {
  #child: ChildProcess | undefined;
  #pid = 0;

  private constructor(readonly directory: string) {}

  /** One that is not booted yet. */
  static async prepare(): Promise<SystemdMachine> {
    return new SystemdMachine(await mkdtemp(join(tmpdir(), "marathon-lb-systemd-")));
  }

  /** Resolves when systemd takes commands. */
  static async boot(): Promise<SystemdMachine> {
    const machine = await SystemdMachine.prepare();
    try {
      await machine.#boot();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The words of `unshare`. */
  words(what: "boot" | "try"): string[] {
    return [...namespaces, "sh", boot, this.directory, this.#cgroup, repository, what];
  }

  get #cgroup(): string {
    return basename(this.directory);
  }

  async #boot(): Promise<void> {
    const child = spawn("unshare", this.words("boot"), { stdio: ["ignore", "ignore", "pipe"] });
    this.#child = child;
    let said = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => said += text);
    await eventually(async () => {
      assert.equal(child.exitCode ?? child.signalCode, null, `systemd has ended: ${said}`);
      const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"));
      assert.match(readFileSync(`/proc/${pid}/cmdline`, "utf8"), /^\/usr\/lib\/systemd\/systemd\0/);
      this.#pid = pid;
      assert.match(await this.#sh("systemctl is-system-running || true"), /^(running|degraded|starting)/);
      await this.#sh("systemctl is-active --quiet basic.target");
    });
  }

  /** Runs a shell command there, as root in the repository; resolves to its standard output. Rejects when it fails. */
  async sh(command: string): Promise<string> {
    try {
      return await this.#sh(command);
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command}: ${(error as Error).message}\n${stdout}${stderr}`, { cause: error });
    }
  }

  async #sh(command: string): Promise<string> {
    const enter = [`--target=${this.#pid}`, "--mount", "--pid", "--ipc", "--uts", "--net", "--cgroup"];
    const env = { PATH: "/usr/sbin:/usr/bin", SYSTEMD_PAGER: "", SYSTEMD_COLORS: "0" };
    const words = [...enter, "/bin/sh", "-ec", `cd /source\n${command}`];
    const { stdout } = await run("nsenter", words, { env, timeout: 2 * deadline, maxBuffer: 1 << 24 });
    return stdout.trimEnd();
  }

  /** Words before a program of this machine, which has it run in the network there. */
  inNetwork(): Promise<string[]> {
    return Promise.resolve(["/usr/bin/nsenter", `--target=${this.#pid}`, "--net"]);
  }

  /** The messages of a unit, one a line, from the oldest on. */
  journal(unit: string): Promise<string> {
    return this.sh(`journalctl --sync; journalctl --no-pager --output=cat --unit=${unit}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "close");
      // PID 1 takes all processes of its namespace along.
      if (this.#pid > 0) process.kill(this.#pid, "SIGKILL");
      else this.#child.kill("SIGKILL");
      await ended;
    }
    await this.#removeCgroups();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Its processes leave them a moment after they have ended. */
  async #removeCgroups(): Promise<void> {
    const script = `mount -t cgroup2 cgroup2 "$1"
cd "$1"
if [ ! -d "$2" ]; then exit 0; fi
find "$2" -depth -type d -exec rmdir {} +`;
    await eventually(() =>
      run("unshare", ["--mount", "sh", "-ec", script, "sh", this.directory, this.#cgroup])
    );
  }
}
