import process from "node:process";

const wanted = process.env.MEASURE === "1";

/** Prints a figure for `docs/reliability.md`, with the environment variable MEASURE=1 only: no test depends on it. */
export function measure(what: string, figure: string | number): void {
  if (wanted) console.log(`measured: ${what}: ${figure}`);
}

/** Starts a stopwatch; what it returns gives the seconds since then as text. */
export function stopwatch(): () => string {
  const begin = performance.now();
  return () => `${((performance.now() - begin) / 1000).toFixed(2)} s`;
}
