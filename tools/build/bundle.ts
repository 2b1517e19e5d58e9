import * as esbuild from "esbuild";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export interface BundleOptions {
  /** The repository's directory. */
  readonly root: string;
  /** For `--version`. */
  readonly commit: string;
  /** The file to write for `deno run` and `deno compile`: an ES module. */
  readonly module: string;
  /**
   * The file to write for a single executable of Node.js. Before Node.js 26 its main program cannot be an ES module.
   */
  readonly script?: string;
}

/** The part of esbuild's metafile that is read here. */
export interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: InputsOfOutput }>>;
}

type InputsOfOutput = Readonly<Record<string, { readonly bytesInOutput: number }>>;

/** An npm package of which something is in the bundle. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Its licence, as its package.json names it. */
  readonly license: string | undefined;
}

/** The directory of a package: the last `node_modules/<name>` of a path; a name may begin with `@scope/`. */
const packageDirectory = /^.*(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

const builtinNamespace = "builtin";

/**
 * Loads each `node:` module when the first module that imports it is loaded. By default esbuild puts imports of what it
 * does not bundle at the top of the file. The start would then load HTTP and TLS, which takes longer than `--version` does.
 */
const lazyBuiltins: esbuild.Plugin = {
  name: "lazy-builtins",
  setup(build) {
    build.onResolve(
      { filter: /^node:/ },
      ({ path, kind }) =>
        kind === "require-call" ? { path, external: true } : { path, namespace: builtinNamespace },
    );
    build.onLoad(
      { filter: /^node:/, namespace: builtinNamespace },
      ({ path }) => ({ contents: `module.exports = require(${JSON.stringify(path)});` }),
    );
  },
};

/**
 * Makes one file of the program, with templates and Lua scripts inside, in one or both forms. The same sources and the
 * same commit make the same bytes, on any machine. Resolves to the source files of the bundle, relative to `root`.
 */
export async function makeBundle(
  { root, commit, module, script }: BundleOptions,
): Promise<readonly string[]> {
  const common: esbuild.BuildOptions = {
    absWorkingDir: root,
    entryPoints: ["main.ts"],
    bundle: true,
    platform: "node",
    target: "node22",
    charset: "utf8",
    plugins: [lazyBuiltins],
    define: { MARATHON_LB_COMMIT: JSON.stringify(commit) },
  };
  const { metafile } = await esbuild.build({
    ...common,
    outfile: module,
    format: "esm",
    metafile: true,
    // Packages that load node: modules by require have none in an ES module.
    banner: {
      js: `import { createRequire as nodeCreateRequire } from "node:module";
const require = nodeCreateRequire(import.meta.url);`,
    },
  });
  // A quarter less to read at each start; names stay, for stack traces.
  if (script !== undefined) {
    await esbuild.build({ ...common, outfile: script, format: "cjs", minifyWhitespace: true });
  }
  // Its process would keep ours alive.
  await esbuild.stop();
  return bundledFiles(metafile as Metafile);
}

/** The files, sorted, that something in the bundle comes from; what was read and left out is not among them. */
export function bundledFiles({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path).sort();
}

/**
 * The npm packages that these files are of, sorted by name and version.
 *
 * @param files relative to `root`
 */
export async function bundledPackages(files: readonly string[], root: string): Promise<Package[]> {
  const directories = new Set(files.flatMap((file) => packageDirectory.exec(file) ?? []));
  const packages = await Promise.all([...directories].map((directory) => readPackage(join(root, directory))));
  const unique = new Map(packages.map((one) => [`${one.name}@${one.version}`, one]));
  return [...unique].sort(([a], [b]) => a < b ? -1 : 1).map(([, one]) => one);
}

async function readPackage(directory: string): Promise<Package> {
  const { name, version, license } = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  return { name, version, license };
}
