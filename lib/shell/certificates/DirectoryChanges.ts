import { type FSWatcher, watch } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../clock/Clock.ts";

/**
 * Tells when something has changed in the directories around files. They are watched, and not the files, because a file
 * is replaced by a rename or, in the mounts of Kubernetes, by exchanging a symbolic link beside it. Where a directory
 * cannot be watched nothing is told: who uses this looks every now and then as well.
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
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#changed.abort(changed));
      watcher.on("error", () => watcher.close());
      this.#watchers.push(watcher);
    } catch {
      // It is not there (yet), or the system's watches are used up: the next look tells.
    }
  }

  /** Resolves when something has changed since `watch`, at the latest after so many milliseconds. */
  async within(milliseconds: number, clock: Clock, signal: AbortSignal): Promise<"changed" | "unchanged"> {
    try {
      await clock.sleep(milliseconds, AbortSignal.any([signal, this.#changed.signal]));
      return "unchanged";
    } catch (error) {
      if (error !== changed) throw error;
      return "changed";
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}

const changed = new Error("a watched directory has changed");
