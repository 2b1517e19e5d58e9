import type { Clock } from "../clock/Clock.ts";

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
