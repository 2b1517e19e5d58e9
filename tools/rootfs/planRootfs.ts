import { basename, dirname } from "node:path";
import type { Linkage } from "./linkage.ts";

/** What a part of the image is for, in the order in which sizes are told. */
export type Part =
  | "marathon-lb"
  | "HAProxy"
  | "shared libraries"
  | "CA certificates"
  | "users and directories";

/** One name in the root file system: an absolute path there, and what it is. */
export type Entry =
  & { readonly path: string; readonly part: Part }
  & (
    | { readonly kind: "directory"; readonly mode: number }
    /** A copy of a file of this machine. */
    | { readonly kind: "copy"; readonly from: string; readonly mode: number }
    | { readonly kind: "text"; readonly text: string; readonly mode: number }
    | { readonly kind: "link"; readonly target: string }
  );

const part = "users and directories";

/** Names for the kernel's ids: `user` and `group` in a HEAD template may say these. */
const passwd = `root:x:0:0:root:/:/nonexistent
nobody:x:65534:65534:nobody:/:/nonexistent
`;
const group = `root:x:0:
nogroup:x:65534:
`;

/** The directories that the program and HAProxy write to, whatever user they run as: sticky, as /tmp is. */
export const writableDirectories = [
  "/etc/ssl",
  "/marathon-lb",
  "/run/haproxy",
  "/var/state/haproxy",
] as const;

/** What does not depend on the machine that assembles the root file system. */
export const fixedEntries: readonly Entry[] = [
  { kind: "text", path: "/etc/passwd", text: passwd, mode: 0o644, part },
  { kind: "text", path: "/etc/group", text: group, mode: 0o644, part },
  // The default of --run-dir, and the path in many HEAD templates, is /var/run/haproxy.
  { kind: "link", path: "/var/run", target: "../run", part },
  ...writableDirectories.map((path): Entry => ({ kind: "directory", path, mode: 0o1777, part })),
  // Mount points, so that it can be started with a read-only root by what does not make them.
  ...["/dev", "/proc", "/sys"].map((path): Entry => ({ kind: "directory", path, mode: 0o755, part })),
];

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
  /** The root of the release that the libraries and the loader are from; that of this machine by default. */
  readonly tree?: string;
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
export function planRootfs({ marathonLb, haproxy, caBundle, tree = "" }: Ingredients): Entry[] {
  const entries: Entry[] = [
    program("marathon-lb", imagePaths.marathonLb, marathonLb.path),
    program("HAProxy", imagePaths.haproxy, haproxy.path),
    ...libraryEntries([marathonLb, haproxy], tree),
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

function libraryEntries(programs: readonly LinkedProgram[], tree: string): Entry[] {
  const part = "shared libraries";
  const sources = new Map<string, string>();
  const add = (path: string, from: string) => {
    const before = sources.get(path);
    if (before !== undefined && before !== from) {
      throw new Error(`${path} would have to be both ${before} and ${from}`);
    }
    sources.set(path, from);
  };
  for (const { path, linkage: { loader, loaderFile, libraries, missing } } of programs) {
    if (missing.length > 0) {
      throw new Error(`${path} needs ${missing.join(", ")}, which are not found here: install them`);
    }
    if (loader !== undefined) add(loader, loaderFile ?? loader);
    // Beside the C library, where the loader looks without a cache of its own, wherever they are on this machine.
    const libc = libraries.find(({ name }) => name === "libc.so.6");
    for (const library of libraries) {
      const directory = dirname((libc ?? library).path);
      // In a tree the file is in /usr/lib, to which /lib is a link on a machine of that release.
      const place = tree === "" ? directory : directory.slice(tree.length).replace(/^\/usr\/lib\//, "/lib/");
      add(`${place}/${basename(library.name)}`, library.path);
    }
  }
  return [...sources].map(([path, from]) => ({ kind: "copy", path, from, mode: executable, part }));
}
