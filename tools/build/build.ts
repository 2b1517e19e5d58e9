import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { version } from "../../lib/core/version.ts";
import type { BuildOptions } from "./BuildOptions.ts";
import { bundledPackages } from "./bundledPackages.ts";
import { findCommit } from "./findCommit.ts";
import { makeBuildDirectory } from "./makeBuildDirectory.ts";
import { makeBundle } from "./makeBundle.ts";
import { makeExecutable } from "./makeExecutable.ts";
import { makeSbom } from "./sbom/makeSbom.ts";
import { runtimeComponent } from "./sbom/runtimeComponent.ts";
import { type Target, targets } from "./targets.ts";
import { writeChecksums } from "./writeChecksums.ts";

const bundleName = "marathon-lb.js";
const sbomName = "marathon-lb.cdx.json";

/**
 * Builds everything into `dist`. What was there stays in use until all is made; a build that fails leaves it as it was.
 * Resolves to one line for each executable, and says which runtime is inside of it.
 *
 * @param root the repository's directory
 */
export async function build(options: BuildOptions, root: string): Promise<string[]> {
  const dist = join(root, "dist");
  const directory = await makeBuildDirectory(dist);
  try {
    const commit = findCommit(root);
    const bundle = join(directory, bundleName);
    const files = await makeBundle({ root, outfile: bundle, commit });
    const made = [];
    for (const target of options.targets) {
      const output = join(directory, executableName(target));
      made.push({ target, ...await makeExecutable(target, options.runtime, { bundle, output, root }) });
    }
    const lock = JSON.parse(await readFile(join(root, "deno.lock"), "utf8"));
    const sbom = makeSbom({
      version,
      commit,
      packages: await bundledPackages(files, root),
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
      return `Built ${names} (${megabytes} MB). The runtime inside is ${description}.`;
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The one for this machine has no name of a machine. */
function executableName(target: Target): string {
  return target.arch === process.arch ? "marathon-lb" : `marathon-lb-${target.name}`;
}

/** What another build left for other machines goes: it is of other sources. */
async function replaceProducts(from: string, to: string): Promise<void> {
  const names = await readdir(from);
  const others = targets.map(executableName).filter((name) => !names.includes(name));
  for (const name of others) await rm(join(to, name), { force: true });
  for (const name of names) await rename(join(from, name), join(to, name));
}
