import { chmod, readFile, rename, rm } from "node:fs/promises";
import { fileError } from "./fileError.ts";
import { hasCode } from "./hasCode.ts";
import { replacedFile } from "./replacedFile.ts";
import { writeFileAtomically } from "./writeFileAtomically.ts";

/**
 * Puts the file `from` in the place of `to` in one step that takes no space on the disk. It gets the mode of the old file; a
 * symbolic link at `to` stays, and where it leads to another file system the content is written there.
 *
 * Throws an `Error` of one line with the path and what to do.
 */
export async function moveIntoPlace(from: string, to: string): Promise<void> {
  try {
    const { target, mode } = await replacedFile(to);
    if (mode !== undefined) await chmod(from, mode);
    await rename(from, target);
  } catch (error) {
    if (!hasCode(error, "EXDEV")) throw fileError("write", to, error);
    await writeFileAtomically(to, await readFile(from));
    await rm(from);
  }
}
