import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import { stoppedProcesses } from "./stoppedProcesses.ts";

/** Milliseconds between two looks. */
const interval = 5_000;

/**
 * Tells, in the log, of processes of HAProxy that somebody has stopped (SIGSTOP), and when they go on: HAProxy itself says
 * nothing then, and takes connections that nobody answers. They are neither killed nor let go on: who stops a process
 * means it, and a health check from outside sees that nothing is served. Resolves when the signal is aborted.
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
      const [who, loss] = pid === all[0]
        ? ["master", "HAProxy cannot be reloaded"]
        : ["worker", "connections to it are not answered"];
      logger.error(
        `HAProxy's ${who} (process ${pid}) is stopped, ${loss}: let it go on by SIGCONT, or kill it`,
      );
    }
    for (const pid of known.filter((pid) => all.includes(pid) && !stopped.includes(pid))) {
      logger.info(`HAProxy's process ${pid} goes on`);
    }
    known = stopped;
    await clock.sleep(interval, signal).catch(() => {/* stopped: the loop's condition ends it */});
  }
}
