import { existsSync, type FSWatcher, watch } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import type { Clock } from "./clock.ts";
import { lockFileName } from "./locks.ts";

/**
 * Reports changes in the directories around files. The files themselves are not watched, because tools replace a file
 * by a rename. Mounts of Kubernetes exchange a symbolic link beside it. A directory that cannot be watched reports
 * nothing: the caller also checks periodically.
 */
export class DirectoryChanges implements Disposable {
  readonly #watchers: FSWatcher[] = [];
  readonly #changed = new AbortController();

  private constructor() {}

  /** Watches from when this resolves on. `directories`: those whose own content counts. */
  static async watch(files: readonly string[], directories: readonly string[]): Promise<DirectoryChanges> {
    const changes = new DirectoryChanges();
    const paths = [...files, ...directories];
    const targets = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
    const around = [...paths, ...targets].map((path) => dirname(path));
    for (const directory of new Set([...around, ...directories])) changes.#add(directory);
    return changes;
  }

  #add(directory: string): void {
    // The watcher of Deno opens each file that changes, and closes it. A lock of this process on the file ends with that
    // (fcntl(2)), and another marathon-lb would get the directory.
    if (process.versions.deno !== undefined && existsSync(join(directory, lockFileName))) return;
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#changed.abort(changed));
      watcher.on("error", () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // It is not there (yet), or the system's watches are used up: the next look tells.
    }
  }

  /**
   * Resolves when something has changed since `watch`, at the latest after so many milliseconds.
   *
   * @param suspicion aborted when it is to be taken that something has
   */
  async within(
    milliseconds: number,
    clock: Clock,
    signal: AbortSignal,
    suspicion?: AbortSignal,
  ): Promise<"changed" | "unchanged"> {
    try {
      const early = suspicion ? [this.#changed.signal, suspicion] : [this.#changed.signal];
      await clock.sleep(milliseconds, AbortSignal.any([signal, ...early]));
      return "unchanged";
    } catch (error) {
      if (error !== changed && !suspicion?.aborted) throw error;
      signal.throwIfAborted();
      return "changed";
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}

const changed = new Error("a watched directory has changed");
