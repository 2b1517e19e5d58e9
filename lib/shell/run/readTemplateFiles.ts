import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../files/hasCode.ts";
import { fileError } from "../files/fileError.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";

/** The template files in these directories, path to text, in the order of the directories; missing ones hold none. */
export async function readTemplateFiles(directories: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const directory of directories) {
    for (const name of (await namesIn(directory)).filter((name) => name.startsWith("HAPROXY_")).sort()) {
      const path = join(directory, name);
      const text = await readFileIfExists(path);
      if (text !== undefined) files.set(path, text);
    }
  }
  return files;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw fileError("read the template directory", directory, error);
  }
}
