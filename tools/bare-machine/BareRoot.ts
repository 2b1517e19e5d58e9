import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import { installMissing } from "../install/installMissing.ts";
import { makeDebian } from "./debian.ts";

const release = "bookworm";
/** Where the repository is in the root. */
const source = "/source";
/** Directories of the repository that a copy fresh from its server does not have. */
const made = new Set(["node_modules", "dist", "coverage", ".git"]);

/**
 * Makes the given directory the root of a new mount namespace, as containers are started, and runs the other words in
 * it. As PID 1 it also reaps what its children leave. When the namespace ends, all mounts and processes in it end too.
 */
const enter = `set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t sysfs -o ro sysfs "$1/sys"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts"
mount -t tmpfs tmpfs "$1/dev/shm"
cd "$1"
pivot_root . mnt
cd ${source}
shift
exec /bin/bash -c 'umount -l /mnt; "$@"; exit $?' bash "$@"
`;

/** A root file system of Debian's smallest kind with Node.js, npm and this repository, and nothing else. */
export class BareRoot implements AsyncDisposable {
  private constructor(
    readonly directory: string,
    readonly environment: Readonly<Record<string, string>>,
    readonly signal: AbortSignal,
  ) {}

  /**
   * Makes one, from the archive that this machine's apt gets its packages from. Needs root.
   *
   * @param repository the repository's directory
   * @param say gets a line for what is about to be done
   * @throws {Error} of one line where it cannot be made; the reason of `signal` when it is aborted
   */
  static async make(
    repository: string,
    say: (line: string) => void,
    signal: AbortSignal,
  ): Promise<BareRoot> {
    await installMissing([{ package: "util-linux", program: "pivot_root" }], say);
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-bare-"));
    try {
      const environment = await makeDebian(release, directory, say, signal);
      await copyFile("/etc/hosts", join(directory, "etc/hosts"));
      await cp(repository, join(directory, source), {
        recursive: true,
        filter: (path) => !made.has(relative(repository, path)),
      });
      signal.throwIfAborted();
      return new BareRoot(directory, environment, signal);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Runs a command in the repository there, and shows what it writes while it does. Resolves to its exit code and its standard
   * output. Rejects with the reason of the signal when that is aborted; everything that ran there has ended then.
   */
  async run(...words: string[]): Promise<{ code: number | null; output: string }> {
    const namespaces = ["--mount", "--pid", "--ipc", "--fork", "--kill-child"];
    const child = spawn("unshare", [...namespaces, "bash", "-c", enter, "enter", this.directory, ...words], {
      env: this.environment,
      stdio,
    });
    // It ignores TERM, and takes the namespace along when it is killed.
    const end = () => child.kill("SIGKILL");
    this.signal.addEventListener("abort", end, { once: true });
    const result = await showAndRead(child);
    this.signal.removeEventListener("abort", end);
    this.signal.throwIfAborted();
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** For `showAndRead`. */
export const stdio: ["ignore", "pipe", "inherit"] = ["ignore", "pipe", "inherit"];

/** Shows what a process writes while it does; resolves to its exit code and its standard output. */
export async function showAndRead(
  child: ChildProcessByStdio<null, Readable, null>,
): Promise<{ code: number | null; output: string }> {
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const [code] = await once(child, "close");
  return { code, output };
}
