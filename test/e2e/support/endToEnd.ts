import process from "node:process";
import { Bench } from "./Bench.ts";
import { programs } from "./programs.ts";

/** `TEST_PROGRAM=executable` runs the tests of that one alone. */
const chosen = programs.filter(({ name }) => (process.env.TEST_PROGRAM ?? name) === name);

/** Registers a test for the executable and for the bundle, each on a bench of its own. */
export function endToEnd(name: string, test: (bench: Bench) => Promise<void>): void {
  for (const program of chosen) Deno.test(`${program.name}: ${name}`, () => Bench.use(program, test));
}
