/** The first pause after a failure, in milliseconds. */
const first = 1_000;
const longest = 30_000;

/** Milliseconds until the next try after this many failures in a row; doubles from one second to half a minute. */
export function retryPause(failures: number): number {
  return Math.min(longest, first * 2 ** (failures - 1));
}
