import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** An npm package of which something is in the bundle. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Its licence, as its package.json names it. */
  readonly license: string | undefined;
}

/** The directory of a package: the last `node_modules/<name>` of a path; a name may begin with `@scope/`. */
const packageDirectory = /^.*(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

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
