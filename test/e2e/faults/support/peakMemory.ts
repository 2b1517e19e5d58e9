import { readFile, writeFile } from "node:fs/promises";

/** The most memory (resident set) that a process has had since its start or the last reset, in MiB. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)![1]) / 1024;
}

/** Lets the peak start over from what the process has now (proc(5), `clear_refs`). */
export async function resetPeakMemory(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, "5");
}
