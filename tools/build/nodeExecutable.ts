import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { stripFor } from "./elf.ts";
import { hostTarget, type NodePackage, type Target } from "./targets.ts";

/** Where Node.js looks for the program inside itself, and the text that postject changes to say that there is one. */
const resource = "NODE_SEA_BLOB";
const sentinelFuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/**
 * Makes a single executable application of Node.js. Resolves to whether it was stripped, which takes a `strip` that
 * knows the target.
 *
 * See https://nodejs.org/api/single-executable-applications.html
 *
 * @param options.script the program, as one CommonJS file
 * @param options.output the file to write
 * @param options.root the repository's directory
 */
export async function makeNodeExecutable(
  target: Target,
  { script, output, root }: { script: string; output: string; root: string },
): Promise<{ stripped: boolean }> {
  const host = hostTarget(process.arch);
  const builder = await nodeFor(host, root);
  const directory = await mkdtemp(`${output}.`);
  const inDirectory = (name: string) => join(directory, name);
  try {
    const blob = inDirectory("blob");
    // Compiled code is only of use to the machine that compiled it.
    await makeBlob(builder, { script, output: blob, useCodeCache: target === host });
    const node = inDirectory("node");
    await copyFile(await nodeFor(target, root), node);
    await chmod(node, 0o755);
    // Before the program is put in: a file with a program inside cannot be stripped.
    const stripped = await stripFor(target, node);
    // A process of its own also keeps its harmless warnings, about the names of notes, out of the build's output.
    const postject = join(root, "node_modules/postject/dist/cli.js");
    run(builder, [postject, node, resource, blob, "--sentinel-fuse", sentinelFuse], directory);
    // A fresh copy. The file as written sits in memory in huge pages, which the kernel counts whole for every process
    // that maps them.
    await copyFile(node, output);
    return { stripped };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * Writes what is put into Node.js. The same script and the same builder make the same bytes.
 *
 * @param builder the path of Node.js
 */
export async function makeBlob(
  builder: string,
  { script, output, useCodeCache }: { script: string; output: string; useCodeCache: boolean },
): Promise<void> {
  // Its name alone. The path gets into the executable, and the directory is another one for each build.
  const main = basename(script);
  const configuration = { main, output, disableExperimentalSEAWarning: true, useCodeCache };
  await writeFile(`${output}.json`, JSON.stringify(configuration));
  // V8 hashes names with a random seed, which compiled code depends on.
  run(builder, ["--random-seed=1", "--experimental-sea-config", `${output}.json`], dirname(script));
}

function run(program: string, words: readonly string[], cwd: string): void {
  const { status, error, stdout, stderr } = spawnSync(program, words, { cwd, encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`node ${words.join(" ")} failed: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
}

/**
 * The path of Node.js for a target. It comes from a package that the repository depends on, or Deno fetches it from the
 * npm registry into `node_modules/.cache`. The integrity in the table of targets is checked.
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

/** Without Deno's backtrace, which says nothing about the registry. */
function firstLines(stderr: string): string {
  const [message = ""] = stderr.split("Stack backtrace");
  return message.trim().split(/\s*\n\s*/).join(" ");
}
