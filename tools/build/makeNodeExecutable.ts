import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { nodeFor } from "./nodeFor.ts";
import { stripElf } from "./stripElf.ts";
import { hostTarget, type Target } from "./targets.ts";

/**
 * Makes a single executable application of Node.js: https://nodejs.org/api/single-executable-applications.html
 *
 * @param options.bundle the program, as one ES module
 * @param options.output the file to write
 * @param options.root the repository's directory
 */
export async function makeNodeExecutable(
  target: Target,
  { bundle, output, root }: { bundle: string; output: string; root: string },
): Promise<void> {
  const host = hostTarget(process.arch);
  const builder = await nodeFor(host, root);
  const directory = await mkdtemp(`${output}.`);
  const [configuration, node, assembled] = ["sea.json", "node", "assembled"].map((name) =>
    join(directory, name)
  );
  try {
    // Before the program is put in: what is put in makes it a file that cannot be stripped.
    await writeFile(node!, stripElf(await readFile(await nodeFor(target, root))));
    await chmod(node!, 0o755);
    await writeFile(
      configuration!,
      JSON.stringify({
        main: bundle,
        mainFormat: "module",
        executable: node,
        output: assembled,
        disableExperimentalSEAWarning: true,
        // Compiled code is only of use to the machine that compiled it.
        useCodeCache: target === host,
      }),
    );
    const { status, error, stderr } = spawnSync(builder, ["--build-sea", configuration!], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`node --build-sea failed: ${error?.message ?? stderr.trim()}`);
    // As it was written it sits in memory in huge pages that the kernel counts whole for every process that maps them.
    await copyFile(assembled!, output);
  } finally {
    await rm(directory, { recursive: true });
  }
}
