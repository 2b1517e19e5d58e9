import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Linkage, parseLdd } from "./parseLdd.ts";

/**
 * What a program of this machine is linked to, as glibc's `ldd` tells.
 *
 * @throws {Error} of one line when `ldd` cannot tell
 */
export async function linkageOf(path: string): Promise<Linkage> {
  try {
    const { stdout } = await promisify(execFile)("ldd", [path], {
      env: { ...Deno.env.toObject(), LC_ALL: "C" },
    });
    return parseLdd(stdout);
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.trim() || message;
    throw new Error(`ldd ${path}: ${said.replaceAll(/\s*\n\s*/g, "; ")}`);
  }
}
