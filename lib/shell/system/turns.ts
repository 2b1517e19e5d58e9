import type { Clock } from "./clock.ts";

/** Runs actions one after the other, in the order of the calls, whether they succeed or not. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as `action` does, which begins when everything before it has ended. */
  take<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(action, action);
    this.#last = turn.catch(() => {/* its caller gets the error */});
    return turn;
  }
}

/**
 * Makes `work` run one at a time. A call during a run waits for it, then starts one more run. All calls that wait share
 * that run.
 */
export function coalesce<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> | undefined;
  let waiting: Promise<T> | undefined;

  const run = (): Promise<T> => {
    const result = work().finally(() => {
      if (running === result) running = undefined;
    });
    running = result;
    return result;
  };

  return () => {
    if (waiting) return waiting;
    if (!running) return run();
    const next = () => {
      waiting = undefined;
      return run();
    };
    // Whether the run before went well is the business of its caller.
    return waiting = running.then(next, next);
  };
}

/** Milliseconds after which long work lets the rest of the program have a turn. */
const slice = 4;
/** Milliseconds between two looks whether what goes first has ended, and for how many such work waits in all. */
const [interval, patience] = [5, 250];

export interface SliceOptions {
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** Whether something goes first, such as a synchronisation. */
  readonly isBusy: () => boolean;
}

/**
 * Does long work that can wait, such as the verdicts on 10,000 apps for a page. Other work gets its turn after some
 * milliseconds, at the next step. What goes first has the processor alone, but only for a while: it may be waiting itself.
 */
export async function inSlices<Result>(
  steps: Generator<unknown, Result>,
  { clock, isBusy }: SliceOptions,
): Promise<Result> {
  let began = clock.monotonic();
  let waited = 0;
  while (true) {
    const { done, value } = steps.next();
    if (done) return value as Result;
    if (clock.monotonic() - began < slice) continue;
    await new Promise((resolve) => setTimeout(resolve));
    for (; waited < patience && isBusy(); waited += interval) await clock.sleep(interval);
    began = clock.monotonic();
  }
}
