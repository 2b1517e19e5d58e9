import { socketCommand, toWorker } from "../../core/haproxy/socketCommand.ts";
import type { Logger } from "../log/logger.ts";
import { replaceFile } from "../system/files.ts";
import type { MasterSocket } from "./socket.ts";

/** What hands a worker's counters to the next one. */
export interface CounterHandover {
  /** The `stats-file` of the configuration, which a worker reads once, when it starts. It is empty at all other times. */
  readonly file: string;
  readonly socket: MasterSocket;
  readonly logger: Logger;
}

/**
 * The list of paths that HAProxy answers with 503 (template HEAD). The old worker counts on after the dump, and the new
 * worker never gets that. A scrape in between would see larger values than the next one.
 */
const paused = "virt@marathon-lb-reloading";

/**
 * Empties the file before HAProxy starts. Otherwise a new HAProxy would begin with the counters of an earlier one. They
 * are smaller than at the last scrape, and Prometheus would add all of them once more. Never rejects.
 */
export async function forgetCounters({ file, logger }: Omit<CounterHandover, "socket">): Promise<void> {
  await replaceFile(file, "").catch((error: Error) =>
    logger.warning(`Counters of an earlier HAProxy may come back: ${error.message}`)
  );
}

/**
 * Pauses scrapes, and writes the counters of the serving worker for the next one. Rejects only when the signal is
 * aborted.
 */
export async function saveCounters(
  { file, socket, logger }: CounterHandover,
  signal: AbortSignal,
): Promise<void> {
  try {
    // The answer does not count: a HEAD template of the operator may have no such list.
    await socket.command(toWorker("serving", socketCommand`add acl ${paused} /metrics`), signal);
    const counters = await socket.command(toWorker("serving", socketCommand`dump stats-file`), signal);
    if (!counters.startsWith("#")) {
      throw new Error(`HAProxy answered no counters but "${counters.slice(0, 80).trim()}"`);
    }
    await replaceFile(file, `${counters}\n`);
  } catch (error) {
    signal.throwIfAborted();
    logger.warning(`The counters start over at this reload: ${(error as Error).message}`);
    await forgetCounters({ file, logger });
  }
}

/**
 * Ends what {@link saveCounters} has begun. Never rejects.
 *
 * @param loaded whether the reload went well; else the worker serves on, and answers scrapes again
 */
export async function endHandover(
  { file, socket, logger }: CounterHandover,
  loaded: boolean,
  signal: AbortSignal,
): Promise<void> {
  await forgetCounters({ file, logger });
  if (loaded || signal.aborted) return;
  await socket.command(toWorker("serving", socketCommand`clear acl ${paused}`), signal).catch((
    error: Error,
  ) => logger.warning(`/metrics may answer 503 until the next reload: ${error.message}`));
}
