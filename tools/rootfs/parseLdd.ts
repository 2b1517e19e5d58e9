/** A shared library that a program is linked to. */
export interface Library {
  /** The name by which the program asks for it, such as `libssl.so.3`. */
  readonly name: string;
  /** The file that is found for it here. */
  readonly path: string;
}

/** What `ldd` tells of a program. */
export interface Linkage {
  /** The program interpreter (ld.so), at the path that is written into the program; none where it is linked statically. */
  readonly loader?: string;
  readonly libraries: readonly Library[];
  /** Names for which no file is found. */
  readonly missing: readonly string[];
}

/**
 * Reads what glibc's `ldd` prints: `name => path (address)`, `name => not found`, the loader as a path alone, and the kernel's
 * own `linux-vdso.so.1`, which is no file.
 *
 * @throws {Error} at a line that is none of these, such as `not a dynamic executable`
 */
export function parseLdd(output: string): Linkage {
  const libraries: Library[] = [];
  const missing: string[] = [];
  let loader: string | undefined;
  for (const line of output.split("\n").map((line) => line.trim()).filter(Boolean)) {
    if (line === "statically linked" || /^linux-(vdso|gate)\.so\.1\b/.test(line)) continue;
    const [, name, found] = /^(\S+) => (not found|\/.*?)(?: \(0x[0-9a-f]+\))?$/.exec(line) ?? [];
    const [, alone] = /^(\/\S+) \(0x[0-9a-f]+\)$/.exec(line) ?? [];
    // A program that is linked to its loader names it as it does other libraries.
    if (name?.startsWith("/") && found !== "not found") loader = name;
    else if (name !== undefined && found === "not found") missing.push(name);
    else if (name !== undefined && found !== undefined) libraries.push({ name, path: found });
    else if (alone !== undefined) loader = alone;
    else throw new Error(`ldd printed a line that is not understood: ${line}`);
  }
  return { loader, libraries, missing };
}
