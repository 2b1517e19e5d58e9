import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";

/**
 * Writes a script that can be run. Another process makes the file: a child that some other test starts at the same moment
 * would for a while hold ours open for writing, and the system runs no such file (ETXTBSY).
 */
export async function writeExecutable(path: string, text: string, mode = "755"): Promise<string> {
  await writeFile(`${path}.text`, text);
  execFileSync("install", ["-m", mode, `${path}.text`, path]);
  await rm(`${path}.text`);
  return path;
}
