/** Ends pauses early: whatever sleeps with the signal is woken when it rings. */
export class Alarm {
  #pauses = new AbortController();

  /** Of the pauses that begin now: aborted by the next ring. */
  get signal(): AbortSignal {
    return this.#pauses.signal;
  }

  ring(): void {
    this.#pauses.abort(new Error("woken early"));
    this.#pauses = new AbortController();
  }
}

/** Time, as everything outside the pure core sees it; tests put a fake in its place. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970; may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. Durations are measured with this one. */
  monotonic(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason as soon as `signal` is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Milliseconds from four fifths of a period up to all of it. Instances that start together then do not ask Marathon
 * together each time.
 *
 * @param random from 0 up to 1, as `Math.random`
 */
export function spread(period: number, random: () => number): number {
  return period * (0.8 + 0.2 * random());
}

/** Why a timer is stopped when what it limits has ended. One for all: `abort()` would make an error with a stack each time. */
export const notNeeded = new Error("the timer is not needed any more");

/** The real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // Not `node:timers/promises`: it makes an error with a stack for each timer that is cancelled. Each question to
  // Marathon cancels several.
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

export interface Deadline {
  clock: Clock;
  milliseconds: number;
  /** Ends the work early. */
  signal: AbortSignal;
  /** The message of the Error when the time is over. */
  message: string;
}

/** Does `work` with a signal that is aborted at the end of the time, or with the outer signal. */
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

/** Whether `work` ends, well or not, within the time. An aborted `signal` ends the wait early with false. */
export async function settlesWithin(
  work: Promise<unknown>,
  milliseconds: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<boolean> {
  if (signal.aborted) return false;
  const done = new AbortController();
  const timer = clock.sleep(milliseconds, AbortSignal.any([signal, done.signal])).then(
    () => false,
    () => false,
  );
  const result = await Promise.race([work.then(() => true, () => true), timer]);
  done.abort();
  return result;
}

/** Calls `onEnd` after `milliseconds` of the clock, unless the returned function is called before. */
export function startTimer(clock: Clock, milliseconds: number, onEnd: () => void): () => void {
  const stopped = new AbortController();
  clock.sleep(milliseconds, stopped.signal).then(onEnd, (error) => {
    if (!stopped.signal.aborted) throw error;
  });
  return () => stopped.abort(notNeeded);
}

/** The first pause after a failure, in milliseconds. */
const first = 1_000;
const longest = 30_000;

/** Milliseconds until the next try after this many failures in a row; doubles from one second to half a minute. */
export function retryPause(failures: number): number {
  return Math.min(longest, first * 2 ** (failures - 1));
}
