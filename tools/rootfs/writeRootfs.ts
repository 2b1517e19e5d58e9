import { chmod, copyFile, lutimes, mkdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry, Part } from "./planRootfs.ts";

/**
 * Writes the entries below `output`, in place of whatever was there. Contents, modes and times depend on nothing but the
 * entries. Resolves to the bytes of each part.
 *
 * @param entries directories before what is in them
 */
export async function writeRootfs(entries: readonly Entry[], output: string): Promise<Map<Part, number>> {
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const sizes = new Map<Part, number>();
  for (const entry of entries) {
    const size = await writeEntry(entry, join(output, entry.path));
    sizes.set(entry.part, (sizes.get(entry.part) ?? 0) + size);
  }
  await chmod(output, 0o755);
  // A directory's time changes with each name that is made in it.
  for (const path of ["/", ...entries.map(({ path }) => path)]) await lutimes(join(output, path), 0, 0);
  return sizes;
}

async function writeEntry(entry: Entry, path: string): Promise<number> {
  switch (entry.kind) {
    case "directory":
      await mkdir(path);
      break;
    case "copy":
      await copyFile(entry.from, path);
      break;
    case "text":
      await writeFile(path, entry.text);
      break;
    case "link":
      await symlink(entry.target, path);
      return 0;
  }
  // The umask would have its say in the modes that files are made with.
  await chmod(path, entry.mode);
  return entry.kind === "directory" ? 0 : (await stat(path)).size;
}

/** Lines such as `  HAProxy            2.9 MB`, and the sum at the end. Sizes are in bytes, a MB has a million of them. */
export function describeSizes(sizes: ReadonlyMap<Part, number>): string[] {
  const sum = [...sizes.values()].reduce((before, size) => before + size, 0);
  return [...sizes, ["in all", sum] as const].map(([name, size]) =>
    `  ${name.padEnd(21)} ${(size / 1e6).toFixed(1).padStart(6)} MB`
  );
}
