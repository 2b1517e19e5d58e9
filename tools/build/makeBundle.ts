import * as esbuild from "esbuild";
import { bundledFiles } from "./bundledFiles.ts";
import { lazyBuiltins } from "./lazyBuiltins.ts";

export interface BundleOptions {
  /** The repository's directory. */
  readonly root: string;
  /** The file to write. */
  readonly outfile: string;
  /** For `--version`. */
  readonly commit: string;
}

/**
 * Makes one file of the program, with templates and Lua scripts inside; the same sources and the same commit make the same
 * bytes, wherever they are. Resolves to the files that something in it comes from, relative to `root`.
 */
export async function makeBundle({ root, outfile, commit }: BundleOptions): Promise<readonly string[]> {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["main.ts"],
    outfile,
    bundle: true,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "node22",
    charset: "utf8",
    plugins: [lazyBuiltins],
    define: { MARATHON_LB_COMMIT: JSON.stringify(commit) },
    // What asks for node: modules by require has none in an ES module.
    banner: {
      js: `import { createRequire as nodeCreateRequire } from "node:module";
const require = nodeCreateRequire(import.meta.url);`,
    },
  });
  // Its process would keep ours alive.
  await esbuild.stop();
  return bundledFiles(metafile);
}
