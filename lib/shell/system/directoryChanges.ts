import { existsSync, watch } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { clearInterval, setInterval } from "node:timers";
import type { Clock } from "./clock.ts";
import { lockFileName } from "./locks.ts";

/** Milliseconds between two looks at a directory that is not watched. */
const lookInterval = 500;

/**
 * Reports changes in the directories around files. The files themselves are not watched, because tools replace a file
 * by a rename. Mounts of Kubernetes exchange a symbolic link beside it. A directory that cannot be watched reports
 * nothing: the caller also checks periodically.
 */
export class DirectoryChanges implements Disposable {
  readonly #stops: (() => void)[] = [];
  readonly #changed = new AbortController();

  private constructor() {}

  /** Watches from when this resolves on. `directories`: those whose own content counts. */
  static async watch(files: readonly string[], directories: readonly string[]): Promise<DirectoryChanges> {
    const changes = new DirectoryChanges();
    const paths = [...files, ...directories];
    const targets = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
    const around = [...paths, ...targets].map((path) => dirname(path));
    const places = new Set([...around, ...directories]);
    await Promise.all([...places].map((directory) => changes.#add(directory)));
    return changes;
  }

  async #add(directory: string): Promise<void> {
    // The watcher of Deno opens each file that changes, and closes it. A lock of this process on the file ends with that
    // (fcntl(2)), and another marathon-lb would get the directory.
    if (process.versions.deno !== undefined && existsSync(join(directory, lockFileName))) {
      await this.#lookAgainAndAgain(directory);
    } else this.#listen(directory);
  }

  async #lookAgainAndAgain(directory: string): Promise<void> {
    const before = await listing(directory);
    const look = async () => {
      if (await listing(directory) !== before) this.#changed.abort(changed);
    };
    const timer = setInterval(look, lookInterval).unref();
    this.#stops.push(() => clearInterval(timer));
  }

  #listen(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#changed.abort(changed));
      watcher.on("error", () => watcher.close());
      this.#stops.push(() => watcher.close());
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
    for (const stop of this.#stops) stop();
  }
}

/** What tells a directory's state from a later one, without opening a file in it. Never rejects. */
async function listing(directory: string): Promise<string> {
  try {
    const names = (await readdir(directory)).filter((name) => name !== lockFileName).sort();
    const states = names.map(async (name) => {
      const { ino, size, mtimeMs } = await lstat(join(directory, name));
      return [name, ino, size, mtimeMs].join("/");
    });
    return (await Promise.all(states)).join("\n");
  } catch (error) {
    // It has gone, or a file in it has at this moment: that is a state as well.
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

const changed = new Error("a watched directory has changed");
