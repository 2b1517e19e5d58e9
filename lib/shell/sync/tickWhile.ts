import type { Clock } from "../clock/Clock.ts";

export interface TickWhileOptions {
  /** Asked each time whether there is to be a tick. */
  readonly needed: () => boolean;
  /** Milliseconds from one time to the next. */
  readonly interval: number;
  readonly clock: Clock;
  readonly tick: (reason: string) => void;
}

/** Ticks in intervals while nothing else tells of changes, until the signal is aborted. */
export async function tickWhile(
  { needed, interval, clock, tick }: TickWhileOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(interval, signal).catch(() => {/* stopped: the loop's condition ends it */});
    if (needed() && !signal.aborted) tick("the poll timer");
  }
}
