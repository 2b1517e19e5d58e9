import { resolve } from "node:path";
import { isSupportedVersion, oldestSupported } from "../../core/haproxy/isSupportedVersion.ts";
import { type HaproxyVersion, parseHaproxyVersion } from "../../core/haproxy/parseHaproxyVersion.ts";
import { findOnPath } from "../files/findOnPath.ts";
import { whyNotExecutable } from "../files/whyNotExecutable.ts";
import { runHaproxy, type RunOptions } from "./runHaproxy.ts";

/** A HAProxy that can be used. */
export interface HaproxyBinary {
  /** Absolute path of the executable. */
  path: string;
  version: HaproxyVersion;
}

const advice =
  "install HAProxy 2.6 or later (Debian: apt-get install haproxy) or name one with --haproxy-binary";

/**
 * Finds HAProxy: `binary` (`--haproxy-binary`, a path, or a name to look for), else `haproxy`, on the PATH of
 * `options.env`. Throws an Error of one line that says what to do when it is missing, cannot be executed or is too old.
 */
export async function findHaproxy(binary: string | undefined, options: RunOptions): Promise<HaproxyBinary> {
  const path = await locate(binary ?? "haproxy", options.env.PATH ?? "");
  const version = await versionOf(path, options);
  if (!isSupportedVersion(version)) {
    const { major, minor } = oldestSupported;
    throw new Error(
      `HAProxy ${version.text} at ${path} is too old, ${major}.${minor} or later is needed: ${advice}`,
    );
  }
  return { path, version };
}

async function locate(binary: string, searchPath: string): Promise<string> {
  if (binary.includes("/")) {
    const problem = await whyNotExecutable(binary);
    if (problem) throw new Error(`HAProxy cannot be run: ${binary} ${problem}; ${advice}`);
    return resolve(binary);
  }
  const found = await findOnPath(binary, searchPath);
  if (found !== undefined) return found;
  throw new Error(`HAProxy was not found: no executable ${binary} on PATH (${searchPath}); ${advice}`);
}

async function versionOf(path: string, options: RunOptions): Promise<HaproxyVersion> {
  const { stdout, stderr } = await runHaproxy(path, ["-v"], options).catch((error: Error) => {
    options.signal.throwIfAborted();
    throw new Error(`HAProxy cannot be run: ${path} -v failed (${error.message}); ${advice}`);
  });
  const version = parseHaproxyVersion(stdout);
  if (version) return version;
  const said = (stdout + stderr).trim().split("\n")[0] || "nothing";
  throw new Error(`${path} is not HAProxy: its -v printed no version but "${said}"; ${advice}`);
}
