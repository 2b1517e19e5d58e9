import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";

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

/**
 * Distinguishes a process from a later one with the same id, by its start time in clock ticks since the system started.
 * Source: field 22 of proc_pid_stat(5). Undefined for a process that does not exist, or that is a zombie.
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

/** The stopped ones of the processes (SIGSTOP, a debugger). They neither answer nor end. */
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

/** Milliseconds between two looks. */
const interval = 5_000;

/**
 * Logs which processes of HAProxy are stopped (SIGSTOP), and when they resume. A stopped HAProxy logs nothing, and
 * accepts connections without an answer. The processes are neither killed nor resumed: the stop is intended, and an
 * external health check notices it. Resolves when the signal is aborted.
 *
 * @param pids the master and its workers, the master first
 */
export async function watchStopped(
  pids: () => readonly number[],
  { clock, logger }: { clock: Clock; logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  let known: readonly number[] = [];
  while (!signal.aborted) {
    const all = pids();
    const stopped = stoppedProcesses(all);
    for (const pid of stopped.filter((pid) => !known.includes(pid))) {
      const [role, loss] = pid === all[0]
        ? ["master", "HAProxy cannot be reloaded"]
        : ["worker", "connections to it are not answered"];
      logger.error(
        `HAProxy's ${role} (process ${pid}) is stopped, ${loss}: resume it with SIGCONT, or kill it`,
      );
    }
    for (const pid of known.filter((pid) => all.includes(pid) && !stopped.includes(pid))) {
      logger.info(`HAProxy's process ${pid} runs again`);
    }
    known = stopped;
    await clock.sleep(interval, signal).catch(() => {/* stopped: the loop's condition ends it */});
  }
}

/** Sends a signal to a process, or to a process group by its negative id. Does nothing when that has ended. */
export function signalHaproxy(pid: number, name: string): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * The process ids of HAProxy masters that were started with this word for their master socket. Normally there is at
 * most one. Empty where the system has no `/proc`.
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
