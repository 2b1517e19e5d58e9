import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Where Debian puts HAProxy; not on the PATH of users other than root. */
export const systemDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The absolute path of a program, searched on `path` (in the form of `$PATH`) and then in `systemDirectories`. */
export async function findProgram(name: string, path = ""): Promise<string | undefined> {
  for (const directory of [...path.split(delimiter).filter(Boolean), ...systemDirectories]) {
    const candidate = join(directory, name);
    if (await access(candidate, constants.X_OK).then(() => true, () => false)) return candidate;
  }
  return undefined;
}
