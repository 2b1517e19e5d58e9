import { Bench } from "./Bench.ts";
import { programs } from "./programs.ts";

/**
 * Registers a test of what a generated configuration does, on a bench of its own: for the executable only, as the bundle
 * generates the same.
 */
export function feature(name: string, test: (bench: Bench) => Promise<void>): void {
  Deno.test(name, () => Bench.use(programs[0]!, test));
}
