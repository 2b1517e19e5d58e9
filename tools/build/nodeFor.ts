import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { NodePackage, Target } from "./targets.ts";

/**
 * The path of Node.js for a target: of a package that the repository depends on, else fetched by Deno from the npm
 * registry into `node_modules/.cache`, and checked against the integrity in the table of targets.
 *
 * @param root the repository's directory
 */
export async function nodeFor({ node }: Target, root: string): Promise<string> {
  const { name, version } = node;
  const binary = (directory: string) => join(directory, "node_modules", name, "bin/node");
  if (node.integrity === undefined) return binary(root);
  const directory = join(root, "node_modules/.cache", `${name}-${version}`);
  if (!existsSync(binary(directory))) await fetchPackage({ ...node, integrity: node.integrity }, directory);
  return binary(directory);
}

async function fetchPackage(
  { name, version, integrity }: Required<NodePackage>,
  directory: string,
): Promise<void> {
  const specifier = `npm:${name}@${version}`;
  await mkdir(directory, { recursive: true });
  const write = (file: string, value: unknown) => writeFile(join(directory, file), JSON.stringify(value));
  await write("deno.json", {
    nodeModulesDir: "auto",
    imports: { [name]: specifier },
    lock: { frozen: true },
  });
  await write("deno.lock", {
    version: "5",
    specifiers: { [specifier]: version },
    npm: { [`${name}@${version}`]: { integrity, bin: true } },
    workspace: { dependencies: [specifier] },
  });
  console.log(`Fetching ${name} ${version}`);
  const { status, error, stderr } = spawnSync(process.execPath, [
    "install",
    "--quiet",
    "--config",
    join(directory, "deno.json"),
  ], {
    cwd: directory,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status === 0) return;
  throw new Error(
    `${name} ${version} cannot be had from the npm registry: ${error?.message ?? firstLines(stderr)}`,
  );
}

/** Deno's backtraces say nothing to whoever builds this. */
function firstLines(stderr: string): string {
  const [message = ""] = stderr.split("Stack backtrace");
  return message.trim().split(/\s*\n\s*/).join(" ");
}
