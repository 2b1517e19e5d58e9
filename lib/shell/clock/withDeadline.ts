import type { Clock } from "./Clock.ts";
import { notNeeded } from "./notNeeded.ts";

export interface Deadline {
  clock: Clock;
  milliseconds: number;
  /** Ends the work early. */
  signal: AbortSignal;
  /** The message of the Error when the time is over. */
  message: string;
}

/** Does `work` with a signal that is aborted when the time is over or the outer signal is. */
export async function withDeadline<T>(
  { clock, milliseconds, signal, message }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const done = new AbortController();
  clock.sleep(milliseconds, done.signal).then(
    () => over.abort(new Error(message)),
    () => {/* the work ended first */},
  );
  try {
    return await work(AbortSignal.any([signal, over.signal]));
  } finally {
    done.abort(notNeeded);
  }
}
