/** Milliseconds before HAProxy is started again for the first time, and at most. */
export const shortestPause = 500;
export const longestPause = 30_000;
/** After so many milliseconds HAProxy has run well, and the pauses start over. */
export const healthyAfter = 60_000;

/**
 * How long to wait before HAProxy is started again: twice the pause before (`previous`, undefined at first), within the
 * bounds, or the shortest when it ran well for `ranFor` milliseconds.
 */
export function restartPause(previous: number | undefined, ranFor: number): number {
  if (previous === undefined || ranFor >= healthyAfter) return shortestPause;
  return Math.min(previous * 2, longestPause);
}
