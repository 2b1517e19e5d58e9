import { spawnSync } from "node:child_process";
import process from "node:process";
import { findProgram } from "../install/installMissing.ts";
import type { Target } from "./targets.ts";

/** What an executable asks of the machine that it runs on. */
export interface ElfNeeds {
  /** The machine in readelf's words, such as `AArch64`. */
  readonly machine: string;
  /** Names of shared libraries, as in the file. */
  readonly libraries: readonly string[];
  /** The lowest version of the GNU C library that suffices, such as `2.28`. Undefined where it uses none. */
  readonly glibc: string | undefined;
}

/**
 * The shared libraries that an executable may link to, by the Debian package that has them. Debian's smallest system has these
 * packages. README.md, docs/image.md, docs/systemd.md and the unit name them.
 */
export const systemLibraries = {
  "libc6": [
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
  ],
  "libgcc-s1": ["libgcc_s.so.1"],
  "libstdc++6": ["libstdc++.so.6"],
} as const;

/** The newest GNU C library that an executable may need: that of Debian 10 and RHEL 8. Docs name it, too. */
export const newestGlibc = "2.28";

/**
 * What an executable for any machine needs, as readelf tells.
 *
 * @throws {Error} of one line for what is no ELF file
 */
export function readElf(file: string): ElfNeeds {
  const options = { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } } as const;
  const words = ["--file-header", "--dynamic", "--version-info", "--wide", file];
  const { status, error, stdout, stderr } = spawnSync("readelf", words, options);
  if (error) throw new Error(`readelf cannot be run: ${error.message}; install binutils`);
  const needs = parseReadelf(stdout);
  // It ends with 0 for files that it only warns of.
  if (status === 0 && needs) return needs;
  throw new Error(`${file} is no ELF file: ${stderr.trim().split("\n")[0] ?? ""}`);
}

/** Reads what GNU readelf prints for `--file-header --dynamic --version-info`; undefined where there is no header. */
export function parseReadelf(output: string): ElfNeeds | undefined {
  const [, machine] = /^ +Machine: +(.+?) *$/m.exec(output) ?? [];
  if (machine === undefined) return undefined;
  const libraries = [...output.matchAll(/\(NEEDED\) +Shared library: \[(.+?)\]/g)].map(([, name]) => name!);
  const versions = [...output.matchAll(/\bName: GLIBC_(\d+(?:\.\d+)+)/g)].map(([, version]) => version!);
  return { machine, libraries, glibc: versions.sort(compareVersions).at(-1) };
}

/**
 * Debian's packages for the libraries that an executable links to.
 *
 * @throws {Error} for a library that Debian's smallest system lacks, or for a GNU C library that is too new
 */
export function packagesFor({ libraries, glibc = "0" }: ElfNeeds): string[] {
  const packages: [string, readonly string[]][] = Object.entries(systemLibraries);
  const owner = (library: string) => packages.find(([, names]) => names.includes(library))?.[0];
  const unknown = libraries.filter((library) => owner(library) === undefined);
  if (unknown.length > 0) {
    throw new Error(
      `The executable links to ${unknown.join(", ")}, which not every machine has: take another runtime, ` +
        "or name it in systemLibraries (tools/build/elf.ts) and in the docs",
    );
  }
  if (compareVersions(glibc, newestGlibc) > 0) {
    throw new Error(
      `The executable needs glibc ${glibc}; the docs promise that ${newestGlibc} does: take another runtime`,
    );
  }
  return [...new Set(libraries.map((library) => owner(library)!))].sort();
}

/**
 * Removes from an executable what running it does not need: symbols and what debuggers want. Has to be done before the program
 * is put into it. Returns false where no `strip` of this machine knows the target.
 *
 * @throws {Error} of one line when strip fails
 */
export async function stripFor(target: Target, file: string): Promise<boolean> {
  // Names that the target's own compilers have, then the one for this machine, which may know others.
  const names = [`${target.name}-linux-gnu-strip`, "strip"];
  const found = await Promise.all(names.map((name) => findProgram(name, process.env.PATH)));
  const strip = found.find((path) => path !== undefined && knows(path, target.bfd));
  if (strip === undefined) return false;
  const { status, error, stderr } = spawnSync(strip, ["--strip-all", file], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${strip} ${file} failed: ${error?.message ?? stderr.trim()}`);
  return true;
}

/** Whether this strip can read that format: its help ends with a line of all it can. */
function knows(strip: string, format: string): boolean {
  const { stdout } = spawnSync(strip, ["--help"], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  return /supported targets: (.*)/.exec(stdout ?? "")?.[1]?.split(" ").includes(format) ?? false;
}

/** Negative when `a` is older, 0 when they are the same. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number)) as [number[], number[]];
  const index = left.findIndex((part, index) => part !== right[index]);
  return index === -1 ? left.length - right.length : left[index]! - (right[index] ?? -1);
}
