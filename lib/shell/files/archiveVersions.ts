import { randomUUID } from "node:crypto";
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileError } from "./fileError.ts";
import { hasCode } from "./hasCode.ts";

/**
 * Keeps the present content of `file` as `directory/NAME.1` and moves the older versions on to `.2` … `.keep`; what is
 * older than that is removed, so that 0 keeps none. Called before a file is replaced; a file that is not there yet leaves
 * the versions as they are. The directory is made if it is missing.
 *
 * Versions come into place by rename only: none is ever half written. Throws an `Error` of one line.
 */
export async function archiveVersions(
  file: string,
  { directory, keep }: { directory: string; keep: number },
): Promise<void> {
  const version = (number: number) => join(directory, `${basename(file)}.${number}`);
  try {
    await mkdir(directory, { recursive: true });
    const copy = keep > 0 ? await copyToTemporary(file, directory) : undefined;
    if (keep > 0 && !copy) return;
    try {
      for (const number of await versionsOf(basename(file), directory)) {
        if (number >= keep) await rm(version(number));
        else await rename(version(number), version(number + 1));
      }
      if (copy) await rename(copy, version(1));
    } catch (error) {
      if (copy) await rm(copy, { force: true });
      throw error;
    }
  } catch (error) {
    throw fileError(`archive ${file} in`, directory, error);
  }
}

/** The numbers of the versions that are there, the oldest (highest) first. */
async function versionsOf(name: string, directory: string): Promise<number[]> {
  return (await readdir(directory))
    .filter((entry) => entry.startsWith(`${name}.`))
    .map((entry) => entry.slice(name.length + 1))
    .filter((suffix) => /^[1-9]\d{0,8}$/.test(suffix))
    .map(Number)
    .sort((a, b) => b - a);
}

/**
 * The path of a copy of `file` in `directory`, or `undefined` when there is no such file. It is a copy and not a hard link
 * because somebody who edits the file in place must not change its history.
 */
async function copyToTemporary(file: string, directory: string): Promise<string | undefined> {
  const copy = join(directory, `.${basename(file)}.${randomUUID()}.tmp`);
  try {
    await copyFile(file, copy);
    return copy;
  } catch (error) {
    // Where the disk is full a part of the copy is there.
    await rm(copy, { force: true });
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
