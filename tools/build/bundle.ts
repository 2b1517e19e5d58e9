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

const lazyNamespace = "lazy";
/** Always loaded, or written to as a whole. */
const eager = new Set(["node:process", "node:events", "node:buffer", "node:path"]);
/** Of a package, what the program uses of its default export. */
const lazyPackages: Readonly<Record<string, readonly string[]>> = { handlebars: ["compile", "parse"] };

/**
 * Loads `node:` modules and large packages at their first use. By default esbuild puts imports of what it does not bundle
 * at the top of the file. Every start would then load TLS, cryptography and Handlebars, which takes longer than
 * `--version` does, and most runs need none of them.
 */
const lazyModules: esbuild.Plugin = {
  name: "lazy-modules",
  setup(build) {
    build.onResolve(
      { filter: /^node:/ },
      ({ path, kind }) =>
        kind === "require-call" ? { path, external: true } : { path, namespace: lazyNamespace },
    );
    build.onResolve(
      { filter: /^handlebars$/ },
      ({ path, kind }) => kind === "require-call" ? undefined : { path, namespace: lazyNamespace },
    );
    build.onLoad({ filter: /./, namespace: lazyNamespace }, async ({ path }) => {
      const required = `require(${JSON.stringify(path)})`;
      if (eager.has(path)) return { contents: `module.exports = ${required};` };
      // Kept, as a call of `require` takes as long as a hash.
      const load = `let loaded; const load = () => loaded ??= ${required};`;
      const names = lazyPackages[path] ??
        Object.keys(await import(path)).filter((name) => name !== "default");
      const members = names.toSorted().map((name: string) => `get ${name}() { return load().${name}; }`);
      return {
        contents: `${load} module.exports = { ${members.join(", ")} };`,
        resolveDir: build.initialOptions.absWorkingDir,
      };
    });
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
    // V8 keeps a source with any other character at two bytes for each: 2 MB more in every process.
    charset: "ascii",
    plugins: [lazyModules],
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
