import process from "node:process";

/** The runtime inside, for `--version`. */
export function describeRuntime(): string {
  const { deno, node } = process.versions;
  return deno ? `Deno ${deno}` : `Node.js ${node}`;
}
