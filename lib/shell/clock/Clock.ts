/** Time, as everything outside the pure core sees it; tests put a fake in its place. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970; may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. Durations are measured with this one. */
  monotonic(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason as soon as `signal` is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
