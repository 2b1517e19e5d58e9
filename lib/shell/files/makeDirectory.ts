import { mkdir } from "node:fs/promises";
import { fileError } from "./fileError.ts";
import { hasCode } from "./hasCode.ts";

/** Makes a directory, and those around it, where it is missing. Throws an `Error` of one line with the path and what to do. */
export async function makeDirectory(path: string, what = "the directory"): Promise<void> {
  try {
    await mkdir(path, { recursive: true }).catch((error) => {
      // What Node.js says of a read-only file system; without `recursive` it says what it is.
      if (!hasCode(error, "ENOENT")) throw error;
      return mkdir(path);
    });
  } catch (error) {
    throw fileError(`make ${what}`, path, error);
  }
}
