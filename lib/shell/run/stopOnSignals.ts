import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import type { ProcessSignals } from "./ProcessSignals.ts";

/** `timeout` and terminals with a wrapper in between send the same signal twice, milliseconds apart. */
const sameSignal = 250;

/**
 * TERM and INT stop the run; a second one, not sent together with the first, stops it at once.
 *
 * @returns two signals, aborted by the first and by the second of them
 */
export function stopOnSignals(
  signals: ProcessSignals,
  logger: Logger,
  clock: Pick<Clock, "monotonic">,
): { stopping: AbortSignal; killing: AbortSignal } {
  const [stop, kill] = [new AbortController(), new AbortController()];
  let since = 0;
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    signals.on(name, () => {
      if (stop.signal.aborted && clock.monotonic() - since < sameSignal) return;
      if (stop.signal.aborted) {
        logger.warning(`${name} again: stopping at once`);
        kill.abort(new Error(`stopped at once by ${name}`));
      } else {
        since = clock.monotonic();
        logger.info(`${name}: stopping`);
        stop.abort(new Error(`stopped by ${name}`));
      }
    });
  }
  return { stopping: stop.signal, killing: kill.signal };
}
