import type { Logger } from "../log/Logger.ts";
import type { ProcessSignals } from "./ProcessSignals.ts";

/**
 * TERM and INT stop the run; a second one stops it at once.
 *
 * @returns two signals, aborted by the first and by the second of them
 */
export function stopOnSignals(
  signals: ProcessSignals,
  logger: Logger,
): { stopping: AbortSignal; killing: AbortSignal } {
  const [stop, kill] = [new AbortController(), new AbortController()];
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    signals.on(name, () => {
      if (stop.signal.aborted) {
        logger.warning(`${name} again: stopping at once`);
        kill.abort(new Error(`stopped at once by ${name}`));
      } else {
        logger.info(`${name}: stopping`);
        stop.abort(new Error(`stopped by ${name}`));
      }
    });
  }
  return { stopping: stop.signal, killing: kill.signal };
}
