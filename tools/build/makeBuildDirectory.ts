import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

const prefix = ".build-";

/**
 * Makes an empty directory inside `dist` for a build of this process, on the same file system as what it becomes, and removes
 * those of builds that were killed. Resolves to its path.
 */
export async function makeBuildDirectory(dist: string): Promise<string> {
  await mkdir(dist, { recursive: true });
  const left = (await readdir(dist)).filter((name) => name.startsWith(prefix));
  const abandoned = left.filter((name) => !runs(Number(name.slice(prefix.length))));
  for (const name of abandoned) await rm(join(dist, name), { recursive: true, force: true });
  const directory = join(dist, `${prefix}${process.pid}`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  return directory;
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
