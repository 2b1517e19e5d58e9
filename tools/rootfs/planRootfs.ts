import { basename, dirname } from "node:path";
import type { Entry } from "./Entry.ts";
import { fixedEntries } from "./fixedEntries.ts";
import type { Linkage } from "./parseLdd.ts";

/** A program of this machine and what it is linked to. */
export interface LinkedProgram {
  readonly path: string;
  readonly linkage: Linkage;
}

export interface Ingredients {
  readonly marathonLb: LinkedProgram;
  readonly haproxy: LinkedProgram;
  /** A file with the certificates of the authorities that the image trusts, in PEM. */
  readonly caBundle: string;
}

/** Where things are in the image; the Dockerfile says the same. */
export const imagePaths = {
  marathonLb: "/usr/local/bin/marathon-lb",
  haproxy: "/usr/sbin/haproxy",
  caBundle: "/etc/ssl/certs/ca-certificates.crt",
} as const;

const executable = 0o755;
const readable = 0o644;

/**
 * Everything that the image holds, by path; directories come before what is in them.
 *
 * @throws {Error} when a library was not found, or the two programs need different files under one name
 */
export function planRootfs({ marathonLb, haproxy, caBundle }: Ingredients): Entry[] {
  const entries: Entry[] = [
    program("marathon-lb", imagePaths.marathonLb, marathonLb.path),
    program("HAProxy", imagePaths.haproxy, haproxy.path),
    ...libraryEntries([marathonLb, haproxy]),
    { kind: "copy", path: imagePaths.caBundle, from: caBundle, mode: readable, part: "CA certificates" },
    ...fixedEntries,
  ];
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries) {
    for (let above = dirname(path); above !== "/"; above = dirname(above)) {
      if (byPath.has(above)) continue;
      byPath.set(above, { kind: "directory", path: above, mode: executable, part: "users and directories" });
    }
  }
  return [...byPath.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

function program(part: Entry["part"], path: string, from: string): Entry {
  return { kind: "copy", path, from, mode: executable, part };
}

function libraryEntries(programs: readonly LinkedProgram[]): Entry[] {
  const part = "shared libraries";
  const sources = new Map<string, string>();
  const add = (path: string, from: string) => {
    const before = sources.get(path);
    if (before !== undefined && before !== from) {
      throw new Error(`${path} would have to be both ${before} and ${from}`);
    }
    sources.set(path, from);
  };
  for (const { path, linkage: { loader, libraries, missing } } of programs) {
    if (missing.length > 0) {
      throw new Error(`${path} needs ${missing.join(", ")}, which are not found here: install them`);
    }
    if (loader !== undefined) add(loader, loader);
    // Beside the C library, where the loader looks without a cache of its own, wherever they are on this machine.
    const libc = libraries.find(({ name }) => name === "libc.so.6");
    for (const library of libraries) {
      add(`${dirname((libc ?? library).path)}/${basename(library.name)}`, library.path);
    }
  }
  return [...sources].map(([path, from]) => ({ kind: "copy", path, from, mode: executable, part }));
}
