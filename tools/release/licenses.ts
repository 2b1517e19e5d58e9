import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeFor } from "../build/nodeExecutable.ts";
import { hostTarget } from "../build/targets.ts";

/** The part of a CycloneDX component that is read here. */
export interface Component {
  readonly type: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly group?: string;
  readonly name: string;
  readonly version: string;
}

/** The files of an npm package that hold its license or belong to it. */
const licenseFile = /^(?:licen[cs]e|copying|notice|copyrightnotice)(?:\.(?:md|txt))?$/i;

/**
 * The licenses of all that an executable contains, as they come with the packages of its bill of materials.
 *
 * @param components of `dist/marathon-lb.cdx.json`
 * @param root the repository's directory
 * @param arch `process.arch`
 * @throws {Error} for a package without a license
 */
export async function licenseTexts(
  components: readonly Component[],
  root: string,
  arch: string,
): Promise<string> {
  const libraries = components.filter(({ type }) => type === "library");
  const sections = await Promise.all(libraries.map(async ({ group, name, version }) => {
    const full = group === undefined ? name : `${group}/${name}`;
    return section(`${full} ${version}`, await packageDirectory(root, full, version));
  }));
  // The packages of Node.js for all machines have one license.
  const target = hostTarget(arch);
  const node = dirname(dirname(await nodeFor(target, root)));
  sections.unshift(await section(`Node.js ${target.node.version}`, node));
  return sections.join("\n");
}

/** Where Deno has put a package: one version is in one directory, whatever it was resolved together with. */
async function packageDirectory(root: string, name: string, version: string): Promise<string> {
  const store = join(root, "node_modules/.deno");
  const start = `${name.replace("/", "+")}@${version}`;
  const found = (await readdir(store)).find((one) => one === start || one.startsWith(`${start}_`));
  if (found !== undefined) return join(store, found, "node_modules", name);
  throw new Error(`node_modules has no ${name} ${version}: run deno install`);
}

async function section(title: string, directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => licenseFile.test(name)).sort();
  if (names.length === 0) throw new Error(`${title} has no file with its license in ${directory}`);
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8")));
  return [`=== ${title} ===`, "", ...texts.map((text) => `${text.replaceAll("\r\n", "\n").trimEnd()}\n`)]
    .join("\n");
}
