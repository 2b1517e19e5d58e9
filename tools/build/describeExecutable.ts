import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import type { Runtime } from "./BuildOptions.ts";
import { Elf } from "./Elf.ts";
import type { Target } from "./targets.ts";

/**
 * The runtime inside an executable, as that says itself; one for another machine, which cannot be started here, has the
 * runtime that it was made of.
 *
 * @throws {Error} when it is for another machine than `target`, or does not start
 */
export async function describeExecutable(file: string, target: Target, runtime: Runtime): Promise<string> {
  const { machine } = new Elf(await readFile(file));
  if (machine !== target.machine) {
    const from = runtime === "deno" ? `: $DENORT_BIN has to be denort for ${target.triple}` : "";
    throw new Error(
      `The executable made for ${target.name} is for another machine (ELF machine ${machine})${from}`,
    );
  }
  if (target.arch !== process.arch) {
    return runtime === "deno" ? `Deno ${Deno.version.deno}` : `Node.js ${target.node.version}`;
  }
  const { stdout, status, error, stderr } = spawnSync(file, ["--version"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The executable does not start: ${error?.message ?? stderr.trim()}`);
  const [, inside] = /^marathon-lb \S+ \((.*)\)/.exec(stdout) ?? [];
  if (inside !== undefined) return inside;
  const said = stdout.split("\n")[0];
  throw new Error(
    `The executable is not marathon-lb, its --version says "${said}": is $DENORT_BIN really denort?`,
  );
}
