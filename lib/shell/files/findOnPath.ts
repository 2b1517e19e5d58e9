import { delimiter, join, resolve } from "node:path";
import { whyNotExecutable } from "./whyNotExecutable.ts";

/** The absolute path of the first program of that name; undefined where there is none. @param path in the form of `$PATH` */
export async function findOnPath(program: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter(Boolean)) {
    const candidate = resolve(join(directory, program));
    if (await whyNotExecutable(candidate) === undefined) return candidate;
  }
  return undefined;
}
