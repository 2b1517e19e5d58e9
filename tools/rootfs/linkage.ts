import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { promisify } from "node:util";

/** A shared library that a program is linked to. */
export interface Library {
  /** The name by which the program asks for it, such as `libssl.so.3`. */
  readonly name: string;
  /** The file that is found for it. */
  readonly path: string;
}

/** What `ldd` tells of a program. */
export interface Linkage {
  /** The program interpreter (ld.so), at the path that is written into the program; none where it is linked statically. */
  readonly loader?: string;
  /** The file that is found for it, where that has another path. */
  readonly loaderFile?: string;
  readonly libraries: readonly Library[];
  /** Names for which no file is found. */
  readonly missing: readonly string[];
}

/**
 * Reads what glibc's `ldd` prints: `name => path (address)`, `name => not found`, and the loader as a path alone. The
 * kernel's own `linux-vdso.so.1` is no file.
 *
 * @throws {Error} at a line that is none of these, such as `not a dynamic executable`
 */
export function parseLdd(output: string): Linkage {
  const libraries: Library[] = [];
  const missing: string[] = [];
  let loader: string | undefined;
  let loaderFile: string | undefined;
  for (const line of output.split("\n").map((line) => line.trim()).filter(Boolean)) {
    if (line === "statically linked" || /^linux-(vdso|gate)\.so\.1\b/.test(line)) continue;
    const [, name, found] = /^(\S+) => (not found|\/.*?)(?: \(0x[0-9a-f]+\))?$/.exec(line) ?? [];
    const [, alone] = /^(\/\S+) \(0x[0-9a-f]+\)$/.exec(line) ?? [];
    // A program that is linked to its loader names it as it does other libraries.
    if (name?.startsWith("/") && found !== "not found") [loader, loaderFile] = [name, found];
    else if (name !== undefined && found === "not found") missing.push(name);
    else if (name !== undefined && found !== undefined) libraries.push({ name, path: found });
    else if (alone !== undefined) loader = alone;
    else throw new Error(`ldd printed a line that is not understood: ${line}`);
  }
  return { loader, ...loaderFile === undefined ? {} : { loaderFile }, libraries, missing };
}

/**
 * The libraries that a program links to on this machine, by glibc's `ldd`. With a tree of directories as the root, by
 * the loader of that tree.
 *
 * @param tree with the files of another release, such as `tools/haproxies` makes
 * @throws {Error} of one line when that is not known
 */
export async function linkageOf(path: string, tree?: string): Promise<Linkage> {
  const [program, ...words] = tree === undefined ? ["ldd"] : loaderWords(tree);
  try {
    const { stdout } = await promisify(execFile)(program!, [...words, path], {
      env: { ...Deno.env.toObject(), LC_ALL: "C" },
    });
    return parseLdd(stdout);
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.trim() || message;
    throw new Error(`${program} ${path}: ${said.replaceAll(/\s*\n\s*/g, "; ")}`);
  }
}

/** What has the loader of a tree list what a program is linked to there. */
function loaderWords(tree: string): string[] {
  const [loader] = filesIn(
    [`${tree}/lib64`, `${tree}/usr/lib64`, `${tree}/lib`, `${tree}/usr/lib`],
    /^ld-linux-.*\.so\.\d$/,
  );
  if (loader === undefined) throw new Error(`${tree} has no loader (ld-linux)`);
  const libraries = filesIn([`${tree}/lib`, `${tree}/usr/lib`], /-linux-gnu/);
  return [loader, "--list", "--library-path", libraries.join(":")];
}

function filesIn(directories: readonly string[], pattern: RegExp): string[] {
  return directories.filter((directory) => existsSync(directory)).flatMap((directory) =>
    readdirSync(directory).filter((name) => pattern.test(name)).map((name) => `${directory}/${name}`)
  );
}
