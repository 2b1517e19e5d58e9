import { stat } from "node:fs/promises";
import process from "node:process";
import type { Runtime } from "./BuildOptions.ts";
import { compileWithDeno } from "./compileWithDeno.ts";
import { describeExecutable } from "./describeExecutable.ts";
import { makeNodeExecutable } from "./makeNodeExecutable.ts";
import type { Target } from "./targets.ts";

/** An executable that was made, and looked at. */
export interface Executable {
  readonly runtime: Runtime;
  /** The runtime with its version. */
  readonly description: string;
  readonly megabytes: string;
}

/**
 * Makes the executable with the runtime that is asked for; without one, and without a `$DENORT_BIN`, with Node.js where
 * Deno's cannot be had.
 *
 * @param paths.root the repository's directory
 */
export async function makeExecutable(
  target: Target,
  wanted: Runtime | undefined,
  paths: { bundle: string; output: string; root: string },
): Promise<Executable> {
  const runtime = wanted === "node" ? "node" : tryDeno(target, wanted, paths);
  if (runtime === "node") await makeNodeExecutable(target, paths);
  const description = await describeExecutable(paths.output, target, runtime);
  const megabytes = ((await stat(paths.output)).size / 1e6).toFixed(0);
  return { runtime, description, megabytes };
}

function tryDeno(
  target: Target,
  wanted: Runtime | undefined,
  paths: { bundle: string; output: string },
): Runtime {
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
