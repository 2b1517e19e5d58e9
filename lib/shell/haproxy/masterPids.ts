import { readFileSync } from "node:fs";

/** The process ids of a master and its workers, old ones that still drain included. */
export function masterPids(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return [pid, ...children.split(" ").filter(Boolean).map(Number)];
  } catch {
    // Without /proc, or when the master is gone, its own id is all there is to tell.
    return [pid];
  }
}
