import { readFileSync } from "node:fs";

/**
 * What tells a process from a later one of the same id: when it began, in clock ticks since the system did (field 22 of
 * proc_pid_stat(5)). Undefined for one that does not exist, or has ended and only waits for its parent to take note.
 */
export function processIdentity(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field, the name in brackets, may hold anything.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? undefined : fields[18];
}
