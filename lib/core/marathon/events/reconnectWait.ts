const growth = 1.5;

/** The upper bound of the first pause before a lost event stream is opened again, in milliseconds. */
export const firstWait = 3_000;

/** A stream that lived for so many milliseconds was healthy: after it, pauses start over. */
export const healthyAfter = 10 * 60_000;

/** The upper bound of the pause after one of `wait`; bounds are in milliseconds. */
export function nextWait(wait: number, maxBackoff: number): number {
  return Math.min(wait * growth, maxBackoff);
}
