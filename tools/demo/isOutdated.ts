import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Whether `product` is missing, or older than one of `sources`: files, or directories with all that is in them. */
export async function isOutdated(product: string, sources: readonly string[]): Promise<boolean> {
  const built = await stat(product).catch(() => undefined);
  if (!built) return true;
  const changes = await Promise.all(sources.map(lastChange));
  return Math.max(...changes) > built.mtimeMs;
}

/** Milliseconds since 1970. */
async function lastChange(path: string): Promise<number> {
  const entry = await stat(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  const names = await readdir(path);
  return Math.max(entry.mtimeMs, ...await Promise.all(names.map((name) => lastChange(join(path, name)))));
}
