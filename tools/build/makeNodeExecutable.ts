import * as esbuild from "esbuild";
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
  const [configuration, node, assembled, main] = ["sea.json", "node", "assembled", "main.mjs"].map((name) =>
    join(directory, name)
  );
  try {
    // Before the program is put in: what is put in makes it a file that cannot be stripped.
    await writeFile(node!, stripElf(await readFile(await nodeFor(target, root))));
    await chmod(node!, 0o755);
    await writeFile(main!, await withoutWhitespace(await readFile(bundle, "utf8")));
    await writeFile(
      configuration!,
      JSON.stringify({
        main,
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

/** A quarter less to read at each start; names stay, for stack traces. */
async function withoutWhitespace(code: string): Promise<string> {
  const result = await esbuild.transform(code, { minifyWhitespace: true, charset: "utf8", target: "esnext" });
  // Its process would keep ours alive.
  await esbuild.stop();
  return result.code;
}
