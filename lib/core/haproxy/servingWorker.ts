import type { ShowProc, WorkerProcess } from "./parseShowProc.ts";

/**
 * The worker that takes new connections. After a failed reload HAProxy 3.1 and later lists it among the old workers,
 * where it is the one that has outlived the fewest reloads. Undefined while there is none.
 */
export function servingWorker({ workers, oldWorkers }: ShowProc): WorkerProcess | undefined {
  return [...workers, ...oldWorkers].sort((a, b) => a.reloads - b.reloads)[0];
}
