import { readdir, readFile } from "node:fs/promises";

/**
 * The HAProxy masters, as process ids, that were started with this word for their master socket; empty where the system
 * has no `/proc`. Normally there is one at most.
 */
export async function leftoverMasters(masterSocketWord: string): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  const ours = new Map<number, number>();
  for (const pid of names.filter((name) => /^\d+$/.test(name)).map(Number)) {
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!words.split("\0").includes(masterSocketWord)) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    ours.set(pid, Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]));
  }
  // A worker has the words of its master.
  return [...ours].filter(([, parent]) => !ours.has(parent)).map(([pid]) => pid);
}
