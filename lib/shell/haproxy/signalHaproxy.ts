import process from "node:process";

/** Sends a signal to a process, or to a process group by its negative id; nothing happens when that has ended. */
export function signalHaproxy(pid: number, name: string): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
