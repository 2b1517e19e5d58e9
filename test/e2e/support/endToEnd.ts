import { Bench } from "./Bench.ts";
import { programs } from "./programs.ts";

/** Registers a test for the executable and for the bundle, each on a bench of its own. */
export function endToEnd(name: string, test: (bench: Bench) => Promise<void>): void {
  for (const program of programs) Deno.test(`${program.name}: ${name}`, () => Bench.use(program, test));
}
