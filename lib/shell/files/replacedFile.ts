import { realpath, stat } from "node:fs/promises";
import { hasCode } from "./hasCode.ts";

/** What a file that is to replace the one at `path` has to be: where, as a symbolic link there stays, and of which mode. */
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
