import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError } from "./fileError.ts";
import { replacedFile } from "./replacedFile.ts";
import { writePieces } from "./writePieces.ts";

/** What a file is to hold; text may come in pieces. */
export type FileContent = string | Uint8Array | readonly string[];

/**
 * Writes a file so that a reader sees either the old or the new content, also after a crash: a temporary file beside it
 * is written, forced to the disk and renamed. The mode is `mode` if given, else the one the old file had, else what the
 * umask leaves of 0666. A symbolic link stays, and the file it points to is replaced.
 *
 * Throws an `Error` of one line with the path and what to do; the old file is then as it was and nothing is left behind.
 */
export async function writeFileAtomically(
  path: string,
  content: FileContent,
  options: { mode?: number } = {},
): Promise<void> {
  try {
    const { target, mode: present } = await replacedFile(path);
    const mode = options.mode ?? present;
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

async function fill(file: FileHandle, content: FileContent, mode: number | undefined): Promise<void> {
  try {
    // The umask took its part of the mode given to open(2); chmod sets what was asked for.
    if (mode !== undefined) await file.chmod(mode);
    if (typeof content === "string" || content instanceof Uint8Array) await file.writeFile(content);
    else await writePieces(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
}
