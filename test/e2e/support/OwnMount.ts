import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import process from "node:process";
import type { Bench } from "./Bench.ts";
import type { MarathonLb } from "../../../tools/harness/MarathonLb.ts";

const isRoot = process.geteuid?.() === 0;

/**
 * A small file system (tmpfs) that is mounted as the work directory, in a mount namespace of marathon-lb's own: nobody else
 * sees it, and it is gone with the process. Needs `unshare`, `mount` and `nsenter` (util-linux), and to be root or to be
 * allowed user namespaces; where that is not so, marathon-lb does not start and the test fails.
 */
export class OwnMount {
  readonly #bench: Bench;
  #lb: MarathonLb | undefined;

  private constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** From here on, the bench starts marathon-lb with the work directory mounted. */
  static async prepare(bench: Bench): Promise<OwnMount> {
    const work = bench.path("work");
    await mkdir(work);
    const script = `PATH_BEFORE="$PATH"; PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs -o size=1m tmpfs ${work} || exit 77
PATH="$PATH_BEFORE"; unset PATH_BEFORE; exec "$@"`;
    const namespaces = isRoot ? ["--mount"] : ["--map-root-user", "--mount"];
    bench.launcher = [find("unshare"), ...namespaces, "/bin/sh", "-c", script, "sh"];
    return new OwnMount(bench);
  }

  /** The marathon-lb whose work directory it is. */
  of(lb: MarathonLb): this {
    this.#lb = lb;
    return this;
  }

  /** Where a file of the work directory is for us. */
  path(name: string): string {
    return `/proc/${this.#lb!.pid}/root${this.#bench.path("work")}/${name}`;
  }

  /** Fills the file system to its last page. */
  async fill(): Promise<void> {
    const file = await open(this.path("filler"), "w");
    try {
      const page = new Uint8Array(4096);
      await assert.rejects(async () => {
        while (true) await file.write(page);
      }, { code: "ENOSPC" });
    } finally {
      await file.close();
    }
  }

  /** Takes back what `fill` has written. */
  async free(): Promise<void> {
    await rm(this.path("filler"));
  }

  /**
   * Makes it read-only, or writable again: by a read-only view of it in its place, as the kernel does not make a file system
   * read-only in which a file is open for writing, which the lock of the directory is.
   */
  remount(mode: "ro" | "rw"): void {
    const work = this.#bench.path("work");
    const commands = mode === "ro"
      ? [["mount", "--bind", work, work], ["mount", "-o", "remount,bind,ro", work]]
      : [["umount", work]];
    const enter = isRoot ? [] : ["--user", "--preserve-credentials"];
    const words = ["--target", String(this.#lb!.pid), "--mount", ...enter];
    for (const command of commands) execFileSync(find("nsenter"), [...words, ...command], { stdio: "pipe" });
  }
}

/** The path of a program of util-linux. */
export function find(name: string): string {
  const path = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map((directory) => `${directory}/${name}`).find(
    (path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    },
  );
  assert.ok(path, `This test needs ${name} of util-linux`);
  return path;
}
