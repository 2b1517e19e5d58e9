import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { version } from "../../lib/core/version.ts";
import { bundledPackages, makeBundle } from "./bundle.ts";
import type { BuildOptions } from "./commandLine.ts";
import { makePage } from "./page.ts";
import { makeExecutable } from "./executable.ts";
import { makeSbom, runtimeComponent } from "./sbom.ts";
import { type Target, targets } from "./targets.ts";

const bundleName = "marathon-lb.js";
const sbomName = "marathon-lb.cdx.json";
const prefix = ".build-";

/**
 * Builds everything into `dist`. What was there stays in use until all is made; a build that fails leaves it as it was.
 * Resolves to one line for each executable, which says which runtime is inside of it and what it links to.
 *
 * @param root the repository's directory
 */
export async function build(options: BuildOptions, root: string): Promise<string[]> {
  const dist = join(root, "dist");
  const directory = await makeBuildDirectory(dist);
  const script = join(directory, "main.cjs");
  try {
    const commit = findCommit(root);
    const module = join(directory, bundleName);
    const files = await makeBundle({ root, commit, module, script });
    const made = [];
    for (const target of options.targets) {
      const output = join(directory, executableName(target));
      made.push({
        target,
        ...await makeExecutable(target, options.runtime, { module, script, output, root }),
      });
    }
    await rm(script);
    const lock = JSON.parse(await readFile(join(root, "deno.lock"), "utf8"));
    // The page is in the bundle as a text, and the packages in it with it.
    const page = await makePage();
    const sbom = makeSbom({
      version,
      commit,
      packages: await bundledPackages([...files, ...page.files], root),
      runtimes: made.map(({ runtime, target }) =>
        runtimeComponent(runtime, target, { lock, denoVersion: Deno.version.deno })
      ),
      lock,
    });
    await writeFile(join(directory, sbomName), JSON.stringify(sbom, undefined, 2) + "\n");
    await writeChecksums(directory, await readdir(directory));
    await replaceProducts(directory, dist);
    return made.map(({ target, description, megabytes }) => {
      const names = `dist/${bundleName} and dist/${executableName(target)}`;
      return `Built ${names} (${megabytes} MB). ${description}`;
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The one for this machine has no name of a machine. */
export function executableName(target: Target): string {
  return target.arch === process.arch ? "marathon-lb" : `marathon-lb-${target.name}`;
}

/**
 * Makes an empty directory inside `dist` for a build of this process, on the same file system as its result. It also
 * removes those of builds that were killed. Resolves to its path.
 */
export async function makeBuildDirectory(dist: string): Promise<string> {
  await mkdir(dist, { recursive: true });
  const left = (await readdir(dist)).filter((name) => name.startsWith(prefix));
  const abandoned = left.filter((name) => !runs(Number(name.slice(prefix.length))));
  for (const name of abandoned) await rm(join(dist, name), { recursive: true, force: true });
  const directory = join(dist, `${prefix}${process.pid}`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  return directory;
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process runs, too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * The commit of the files in this directory, in twelve digits. With `-dirty` where files differ from the commit, and
 * `unknown` without git or outside of a repository.
 */
export function findCommit(directory: string): string {
  const git = (...words: string[]) => {
    const { status, stdout } = spawnSync("git", words, { cwd: directory, encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  // A directory inside another project's repository is not of its commit.
  if (git("rev-parse", "--show-prefix") !== "") return "unknown";
  const commit = git("rev-parse", "--short=12", "HEAD");
  const changes = git("status", "--porcelain");
  if (commit === undefined || changes === undefined) return "unknown";
  return changes === "" ? commit : `${commit}-dirty`;
}

/** Writes `SHA256SUMS` for these files of a directory, sorted by name, in the form that `sha256sum --check` reads. */
export async function writeChecksums(directory: string, names: readonly string[]): Promise<void> {
  const lines = await Promise.all(
    [...names].sort().map(async (name) => `${await sha256Of(join(directory, name))}  ${name}\n`),
  );
  await writeFile(join(directory, "SHA256SUMS"), lines.join(""));
}

/** The SHA-256 of a file, hexadecimal. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** Executables that another build left for other machines go: they are of other sources. */
async function replaceProducts(from: string, to: string): Promise<void> {
  const names = await readdir(from);
  const others = targets.map(executableName).filter((name) => !names.includes(name));
  for (const name of others) await rm(join(to, name), { force: true });
  for (const name of names) await rename(join(from, name), join(to, name));
}
