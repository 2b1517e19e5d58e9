import type { Clock } from "../clock/Clock.ts";
import { notNeeded } from "../clock/notNeeded.ts";

/** Calls `onEnd` after `milliseconds` of the clock, unless the returned function is called before. */
export function startTimer(clock: Clock, milliseconds: number, onEnd: () => void): () => void {
  const stopped = new AbortController();
  clock.sleep(milliseconds, stopped.signal).then(onEnd, (error) => {
    if (!stopped.signal.aborted) throw error;
  });
  return () => stopped.abort(notNeeded);
}
