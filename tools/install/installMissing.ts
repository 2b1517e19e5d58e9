import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { findOnPath } from "../../lib/shell/system/files.ts";

const run = promisify(execFile);

/** Where Debian puts HAProxy; not on the PATH of users other than root. */
export const systemDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** What is needed: a program from the Debian package of the same name, or a package and its program or file. */
export type Needed =
  | string
  | { readonly package: string; readonly program: string }
  | { readonly package: string; readonly file: string };

/**
 * Installs those of these programs and files that are not there, from Debian packages. As another user than root it asks
 * sudo.
 *
 * @param say gets a line for what is about to be installed
 * @throws {Error} of one line that says what to do, where that cannot be done
 */
export async function installMissing(
  needed: readonly Needed[],
  say: (line: string) => void,
): Promise<void> {
  const path = process.env.PATH;
  const found = await Promise.all(needed.map((one) => isThere(one, path)));
  const missing = needed.filter((_, index) => !found[index])
    .map((one) => typeof one === "string" ? one : one.package);
  if (missing.length === 0) return;

  const names = missing.join(" ");
  const [apt, sudo] = await Promise.all([findProgram("apt-get", path), findProgram("sudo", path)]);
  if (!apt) throw new Error(`${names}: not installed, and there is no apt-get to do it: install ${names}`);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !sudo) {
    throw new Error(`${names}: not installed, and only root may do it: run apt-get install ${names} as root`);
  }
  say(`Installing with apt-get: ${names}`);
  const prefix = isRoot ? [] : [sudo as string];
  // Where sudo clears the environment, only what is on its command line gets through.
  const command = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq"];
  await runApt([...command, "update"], names);
  await runApt([...command, "install", "-y", "--no-install-recommends", ...missing], names);
}

async function isThere(needed: Needed, path: string | undefined): Promise<boolean> {
  if (typeof needed === "object" && "file" in needed) return existsSync(needed.file);
  return await findProgram(typeof needed === "string" ? needed : needed.program, path) !== undefined;
}

async function runApt([program, ...words]: readonly string[], names: string): Promise<void> {
  try {
    await run(program as string, words, { maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(
      `${names} cannot be installed: ${describeAptFailure(stderr, message)}; run apt-get install ${names}`,
    );
  }
}

/**
 * Why apt-get failed, on one line: its own first error, else the last line (by sudo, for example), else `otherwise`.
 *
 * @param stderr what it wrote to standard error
 */
export function describeAptFailure(stderr: string, otherwise: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter(Boolean);
  const said = lines.find((line) => line.startsWith("E: ")) ?? lines.at(-1);
  return said?.replace(/^E: /, "") ?? otherwise.split("\n")[0] ?? "";
}

/** The absolute path of a program, searched on `path` (in the form of `$PATH`) and then in `systemDirectories`. */
export function findProgram(name: string, path = ""): Promise<string | undefined> {
  return findOnPath(name, [path, ...systemDirectories].join(delimiter));
}
