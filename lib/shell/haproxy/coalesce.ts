/**
 * Makes `work` run one at a time. A call during a run waits for it and starts one more run after it; all calls that wait
 * share that one.
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
    // Whether the run before went well is the business of who asked for it.
    return waiting = running.then(next, next);
  };
}
