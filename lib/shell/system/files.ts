import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import {
  access,
  chmod,
  type FileHandle,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, delimiter, dirname, join, resolve } from "node:path";

/** What an operator can do about the errors of file systems, by their code. */
const advice: Record<string, string> = {
  EACCES: "permission denied; run as a user that may do that, or choose another path",
  EBUSY: "the path is in use as a mount point; mount the directory around it instead",
  EDQUOT: "the disk quota is used up; free space or raise the quota",
  EEXIST: "there is a file of that name; move it away or choose another path",
  EFBIG: "the file would be larger than allowed here; raise the file size limit",
  EIO: "the disk reported an error; check the system's log",
  EISDIR: "it is a directory; choose another path",
  EMFILE: "too many open files; raise the file-descriptor limit",
  ENOENT: "no such file or directory; check the path, and create the directory if it is missing",
  ENOSPC: "no space left on the device; free some on that file system",
  ENOTDIR: "a part of the path is not a directory; check the path",
  EPERM: "not permitted; run as a user that may do that, or choose another path",
  EROFS: "the file system is read-only; mount it writable or choose another path",
};

/**
 * The error of a failed file operation as one line. It names the attempt (`action`, for example "write"), the path,
 * what went wrong and what to do.
 */
export function fileError(action: string, path: string, cause: unknown): Error {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason = advice[code] ??
    (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, " ");
  return new Error(`Cannot ${action} ${path}: ${reason}`, { cause });
}

/**
 * The absolute path of the first program of that name. Undefined where there is none.
 *
 * @param path in the form of `$PATH`
 */
export async function findOnPath(program: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter(Boolean)) {
    const candidate = resolve(join(directory, program));
    if (await whyNotExecutable(candidate) === undefined) return candidate;
  }
  return undefined;
}

/** Whether an error thrown by a system call has this code, for example `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/**
 * Makes a directory and its parents, where they are missing, with at most the rights in `mode`. Throws an `Error` of
 * one line with the path and what to do.
 */
export async function makeDirectory(path: string, what = "the directory", mode = 0o750): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode }).catch((error) => {
      // What Node.js says of a read-only file system; without `recursive` it says what it is.
      if (!hasCode(error, "ENOENT")) throw error;
      return mkdir(path, { mode });
    });
  } catch (error) {
    throw fileError(`make ${what}`, path, error);
  }
}

/** The text of a file (UTF-8), or `undefined` when there is none. Throws an `Error` of one line when it cannot be read. */
export async function readFileIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw fileError("read", path, error);
  }
}

/** The text of a file that a flag or a variable names. Throws an `Error` of one line that says which when it cannot be read. */
export async function readNamedFile(path: string, origin: string): Promise<string> {
  const text = await readFileIfExists(path);
  if (text === undefined) throw new Error(`${origin}: there is no file ${path}; check the path`);
  return text;
}

/** Undefined for a file that can be executed, else why it cannot, as in "PATH does not exist". */
export async function whyNotExecutable(path: string): Promise<string | undefined> {
  const file = await stat(path).catch(() => undefined);
  if (!file) return "does not exist";
  if (!file.isFile()) return "is not a file";
  return await access(path, constants.X_OK).then(() => undefined, () => "is not executable");
}

/** What a file is to hold; text may come in pieces. */
export type FileContent = string | Uint8Array | readonly string[];

/**
 * Writes a file so that a reader sees either the old or the new content, also after a crash. A temporary file beside it
 * is written, forced to the disk and renamed. The mode is `mode`, else that of the old file within 0640, else 0640. The
 * umask does not matter. A symbolic link stays, and the file that it points to is replaced.
 *
 * Throws an `Error` of one line with the path and what to do. The old file is then unchanged, and nothing is left behind.
 */
export async function writeFileAtomically(
  path: string,
  content: FileContent,
  options: { mode?: number } = {},
): Promise<void> {
  try {
    const { target, mode: present } = await replacedFile(path);
    const mode = options.mode ?? withinMode(present ?? mostMode);
    const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
    const file = await open(temporary, "wx", mode);
    try {
      await fill(file, content, mode);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    throw fileError("write", path, error);
  }
}

async function fill(file: FileHandle, content: FileContent, mode: number): Promise<void> {
  try {
    // The umask took its part of the mode given to open(2); chmod sets what was asked for.
    await file.chmod(mode);
    if (typeof content === "string" || content instanceof Uint8Array) await file.writeFile(content);
    else await writePieces(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Replaces a file without forcing it to the disk, for what is of no use after a crash of the machine. Rejects with the
 * system's error, and may leave the temporary file, `path` with `.tmp` appended.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const staged = `${path}.tmp`;
  // A killed process may have left it, or another user may have planted a link.
  await rm(staged, { force: true });
  await writeFile(staged, text, { mode: mostMode, flag: "wx" });
  await rename(staged, path);
}

/**
 * Bytes that are encoded at a time, so that a large file neither needs memory of its size nor blocks the loop for long.
 */
const size = 64 * 1024;

/** Writes pieces of text, one after the other, as UTF-8 at the present position of a file. */
export async function writePieces(file: FileHandle, pieces: readonly string[]): Promise<void> {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  const flush = async () => {
    await file.writeFile(buffer.subarray(0, filled));
    filled = 0;
  };
  for (const piece of pieces) {
    // A letter of a JavaScript string takes three bytes at the most.
    const longest = piece.length * 3;
    if (filled + longest > size) await flush();
    if (longest > size) await file.writeFile(piece);
    else filled += buffer.write(piece, filled);
  }
  await flush();
}

/**
 * Replaces the file `to` by the file `from` in one step that takes no space on the disk. It gets the mode of the old file,
 * within 0640. A symbolic link at `to` stays. Where it leads to another file system, the content is written there.
 *
 * Throws an `Error` of one line with the path and what to do.
 */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  try {
    const { target, mode } = await replacedFile(to);
    if (mode !== undefined) await chmod(from, withinMode(mode));
    await rename(from, target);
  } catch (error) {
    if (!hasCode(error, "EXDEV")) throw fileError("write", to, error);
    await writeFileAtomically(to, await readFile(from));
    await rm(from);
  }
}

/**
 * The most that the mode of a file which we write may allow. Configurations hold hashes of passwords, and templates may
 * add more secrets.
 */
export const mostMode = 0o640;

/** The permissions of a file without those that none of ours has. */
export function withinMode(mode: number): number {
  return mode & mostMode;
}

/** Where to write a file that replaces the one at `path`, and with which mode. A symbolic link there stays. */
export async function replacedFile(path: string): Promise<{ target: string; mode: number | undefined }> {
  const target = await ifThere(realpath(path)) ?? path;
  const mode = (await ifThere(stat(target)))?.mode;
  return { target, mode: mode === undefined ? undefined : mode & 0o7777 };
}

async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
