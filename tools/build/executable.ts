import { spawnSync } from "node:child_process";
import { stat } from "node:fs/promises";
import process from "node:process";
import { packagesFor, readElf } from "./elf.ts";
import { makeNodeExecutable } from "./nodeExecutable.ts";
import { permissionFlags } from "./permissions.ts";
import type { Runtime, Target } from "./targets.ts";

/** An executable that was made, and looked at. */
export interface Executable {
  readonly runtime: Runtime;
  /** The runtime with its version, what it needs of the machine, and what is unusual about it: sentences. */
  readonly description: string;
  readonly megabytes: string;
}

export interface ExecutablePaths {
  /** The program as an ES module, for Deno. */
  readonly module: string;
  /** The program as CommonJS, for Node.js. */
  readonly script: string;
  /** The executable to write. */
  readonly output: string;
  /** The repository's directory. */
  readonly root: string;
}

/**
 * Makes the executable with the wanted runtime. Without one, and without a `$DENORT_BIN`, it uses Node.js where Deno's
 * runtime cannot be had.
 *
 * @throws {Error} where it cannot be made, is for another machine, does not start, or links to uncommon libraries
 */
export async function makeExecutable(
  target: Target,
  wanted: Runtime | undefined,
  paths: ExecutablePaths,
): Promise<Executable> {
  const runtime = wanted === "node" ? "node" : tryDeno(target, wanted, paths);
  const made = runtime === "node" ? await makeNodeExecutable(target, paths) : undefined;
  const inside = describeRuntime(paths.output, target, runtime);
  const needs = readElf(paths.output);
  const packages = packagesFor(needs).join(", ");
  const sentences = [
    `The runtime inside is ${inside}`,
    `It links to ${needs.libraries.join(", ")} (Debian: ${packages}; glibc ${needs.glibc} or later)`,
    ...(made?.stripped === false
      ? [
        `It has its symbols: no strip here knows ${target.bfd} (Debian: binutils-${
          target.name.replace("_", "-")
        }-linux-gnu)`,
      ]
      : []),
  ];
  const megabytes = ((await stat(paths.output)).size / 1e6).toFixed(0);
  return { runtime, description: `${sentences.join(". ")}.`, megabytes };
}

function tryDeno(target: Target, wanted: Runtime | undefined, paths: ExecutablePaths): Runtime {
  const failure = compileWithDeno(target, paths);
  if (failure === undefined) return "deno";
  if (wanted === undefined && !process.env.DENORT_BIN) {
    console.log(`deno compile could not be used: ${failure}`);
    return "node";
  }
  throw new Error(
    `deno compile made no executable for ${target.name}: ${failure}. It needs denort ${Deno.version.deno} for ` +
      `${target.triple}, from the network or the file that $DENORT_BIN names; --runtime node does without it`,
  );
}

/**
 * Makes the executable by `deno compile`, which takes the runtime denort from `$DENORT_BIN`, its cache or the network.
 * Returns why it did not work; undefined when it did.
 */
function compileWithDeno(target: Target, { module, output }: ExecutablePaths): string | undefined {
  const words = [
    ...["compile", "--quiet", "--no-check", "--no-config", "--no-lock"],
    ...permissionFlags(),
    ...["--target", target.triple, "--output", output, module],
  ];
  const { status, error, stderr } = spawnSync(process.execPath, words, {
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status === 0) return undefined;
  // Deno lists the causes of an error from the outermost in; the innermost says what really went wrong.
  const [message = ""] = stderr.split("Stack backtrace");
  const innermost = message.trim().split("\n").at(-1)?.replace(/^\s*\d+: /, "");
  return error?.message ?? (innermost || `it ended with code ${status}`);
}

/**
 * The runtime inside an executable, as the executable reports it. One for another machine cannot be started here: for
 * it, this is the runtime that it was made of.
 *
 * @throws {Error} when it is for another machine than `target`, or does not start
 */
export function describeRuntime(file: string, target: Target, runtime: Runtime): string {
  const { machine } = readElf(file);
  if (machine !== target.machine) {
    const from = runtime === "deno" ? `: $DENORT_BIN has to be denort for ${target.triple}` : "";
    throw new Error(`The executable made for ${target.name} is for another machine (${machine})${from}`);
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
