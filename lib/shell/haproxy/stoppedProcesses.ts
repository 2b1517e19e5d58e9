import { readFileSync } from "node:fs";

/** Those of the processes that somebody has stopped (SIGSTOP, a debugger): they answer nothing, and do not end either. */
export function stoppedProcesses(pids: readonly number[]): number[] {
  return pids.filter((pid) => /^[Tt]$/.test(stateOf(pid)));
}

/** The letter of proc(5), `/proc/PID/stat`; empty when the process has ended, or without /proc. */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before it may hold anything.
    return stat.charAt(stat.lastIndexOf(")") + 2);
  } catch {
    return "";
  }
}
