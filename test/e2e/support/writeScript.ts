import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";

/**
 * Writes a script for `sh` that can be run, and returns its path. Another process makes the file: a child that some other
 * test starts at the same moment would for a while hold ours open for writing, and the system runs no such file (ETXTBSY).
 */
export async function writeScript(path: string, lines: string): Promise<string> {
  await writeFile(`${path}.text`, `#!/bin/sh\n${lines}\n`);
  execFileSync("install", ["-m", "755", `${path}.text`, path]);
  await rm(`${path}.text`);
  return path;
}
