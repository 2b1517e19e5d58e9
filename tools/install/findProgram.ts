import { delimiter } from "node:path";
import { findOnPath } from "../../lib/shell/files/findOnPath.ts";

/** Where Debian puts HAProxy; not on the PATH of users other than root. */
export const systemDirectories = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The absolute path of a program, searched on `path` (in the form of `$PATH`) and then in `systemDirectories`. */
export function findProgram(name: string, path = ""): Promise<string | undefined> {
  return findOnPath(name, [path, ...systemDirectories].join(delimiter));
}
