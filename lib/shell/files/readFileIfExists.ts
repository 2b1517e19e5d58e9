import { readFile } from "node:fs/promises";
import { fileError } from "./fileError.ts";
import { hasCode } from "./hasCode.ts";

/** The text of a file (UTF-8), or `undefined` when there is none. Throws an `Error` of one line when it cannot be read. */
export async function readFileIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw fileError("read", path, error);
  }
}
