import type { DatabaseSync } from "node:sqlite";
import { closeSync, constants, fstatSync, lstatSync, openSync, rmSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { fileError, hasCode } from "./files.ts";

/** Of a file that holds nothing: the lock is in the kernel. */
export const lockFileName = ".marathon-lb.lock";

/** The last byte that an exclusive lock of SQLite covers (SQLite's os.h, `SHARED_FIRST`, `SHARED_SIZE`). */
const lastByte = String(0x40000000 + 2 + 510 - 1);

/** Milliseconds between two attempts: processes that begin at once can block each other for a moment. */
const pause = 50;

/** The codes of errors in a directory that is not writable, where nothing needs a lock. */
const unwritable = ["EROFS", "EACCES", "EPERM"];

export interface LockOptions {
  readonly clock: Clock;
  /** Milliseconds to wait for a process that has a directory. */
  readonly patience: number;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

interface Held {
  readonly path: string;
  readonly inode: number;
  readonly database: DatabaseSync;
  /** Open for as long as the lock is held: closing it would release the lock (fcntl(2)). */
  readonly descriptor: number;
}

/**
 * Directories that no other marathon-lb may use while this process lives. `node:fs` has no locks, but SQLite, which the
 * runtimes include, uses those of fcntl(2). The kernel releases them with the process, however it ends, and children do
 * not inherit them. No reused process id can be mistaken for the holder's. They also hold across containers that share
 * a directory.
 */
export class DirectoryLocks {
  /** By the directory's real path. */
  readonly #held = new Map<string, Held>();
  /** The flags by the paths that they gave. */
  readonly #directories: ReadonlyMap<string, string>;
  readonly #options: LockOptions;

  private constructor(directories: ReadonlyMap<string, string>, options: LockOptions) {
    this.#directories = directories;
    this.#options = options;
  }

  /**
   * Takes directories that exist.
   *
   * @param directories their paths, and for messages the flags that name them
   * @throws {Error} of one line with the directory and the process that has it
   */
  static async take(
    directories: ReadonlyMap<string, string>,
    options: LockOptions,
  ): Promise<DirectoryLocks> {
    const locks = new DirectoryLocks(directories, options);
    try {
      await locks.renew();
      return locks;
    } catch (error) {
      locks.release();
      throw error;
    }
  }

  /** Locks directories again that were removed and made again. @throws {Error} as `take` */
  async renew(): Promise<void> {
    const targets = new Map<string, string>();
    for (const [path, flag] of this.#directories) targets.set(await realpath(path), flag);
    // All in one order: of two that want the same directories one gets all of them.
    for (const directory of [...targets.keys()].sort()) {
      const held = this.#held.get(directory);
      if (held && inodeOf(held.path) === held.inode) continue;
      if (held) close(held);
      this.#held.delete(directory);
      const taken = await this.#take(directory, targets.get(directory)!);
      if (taken) this.#held.set(directory, taken);
    }
  }

  /** Gives all of them back, as the end of the process does, and removes the files. */
  release(): void {
    for (const held of this.#held.values()) {
      // Removed while it is locked: a process that waits for it then sees that the file is another one.
      if (inodeOf(held.path) === held.inode) rmSync(held.path, { force: true });
      close(held);
    }
    this.#held.clear();
  }

  async #take(directory: string, flag: string): Promise<Held | undefined> {
    const { clock, patience, signal } = this.#options;
    const path = join(directory, lockFileName);
    const end = clock.monotonic() + patience;
    let holder: number | undefined;
    while (true) {
      const taken = await lock(path);
      if (taken !== "busy") return taken;
      // The kernel's table may lack a line while others come and go.
      holder = await holderOf(path) ?? holder;
      if (clock.monotonic() >= end) break;
      await clock.sleep(pause, signal);
    }
    const where = holder === undefined ? "which is not visible here" : `process ${holder}`;
    throw new Error(
      `Another marathon-lb (${where}) uses ${directory} (${flag}): stop it, or give this one directories of its own`,
    );
  }
}

/** `busy` while another process has it. Undefined where it cannot be made, because nothing there is writable. */
async function lock(path: string): Promise<Held | "busy" | undefined> {
  const { DatabaseSync } = await import("node:sqlite");
  const descriptor = openFile(path);
  if (descriptor === undefined) return undefined;
  const inode = fstatSync(descriptor).ino;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // No journal beside it: nothing is ever written.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    const held = { path, inode, database, descriptor };
    // The previous holder may have removed the file, and another one may have made it again.
    if (inodeOf(path) === inode) return held;
    close(held);
    return "busy";
  } catch (error) {
    database?.close();
    closeSync(descriptor);
    // SQLITE_BUSY; Deno gives no number. A file that is gone by now is one that was given back.
    if (/database is locked/.test((error as Error).message) || inodeOf(path) !== inode) return "busy";
    throw fileError("lock the directory by", path, error);
  }
}

function openFile(path: string): number | undefined {
  try {
    // A user that may plant a link there is not to choose what is opened.
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    if (inodeOf(path) === undefined && unwritable.some((code) => hasCode(error, code))) return undefined;
    throw fileError("lock the directory by", path, error);
  }
}

function close({ database, descriptor }: Held): void {
  database.close();
  closeSync(descriptor);
}

/**
 * The process that has locked the file, by proc_locks(5). Undefined where it is in another container, or there is no
 * `/proc`.
 */
async function holderOf(path: string): Promise<number | undefined> {
  const inode = String(inodeOf(path));
  const table = await readFile("/proc/locks", "utf8").catch(() => "");
  for (const line of table.split("\n")) {
    // Some file systems show another device here than stat(2) does. The inode is the same.
    const [, pid, id, last] = /^\d+: POSIX +\S+ +WRITE +(\d+) [\da-f]+:[\da-f]+:(\d+) \d+ (\d+)/.exec(line) ??
      [];
    if (id === inode && last === lastByte && Number(pid) > 0) return Number(pid);
  }
  return undefined;
}

function inodeOf(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.ino;
}
