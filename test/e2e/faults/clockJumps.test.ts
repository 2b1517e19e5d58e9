import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Bench } from "../support/Bench.ts";
import { programs } from "../support/programs.ts";
import { request } from "../support/request.ts";
import { writeScript } from "../support/writeScript.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { startMarathon, withTraffic } from "./support/underTraffic.ts";

const hour = 3_600_000;

/** By how many hours the wall clock is wrong, one after the other. */
const jumps = [24 * 365 * 10, -24 * 365 * 10, 6, -6, 0];

/** Loaded before the program: its wall clock, and nothing else, is wrong by what a file says. */
const preload = (file: string) => `
const { readFileSync } = process.getBuiltinModule("node:fs");
const { now } = Date;
const shifted = () => now() + Number(readFileSync(${JSON.stringify(file)}, "utf8"));
globalThis.Date = new Proxy(Date, {
  construct: (Real, words) => words.length > 0 ? new Real(...words) : new Real(shifted()),
  get: (Real, name) => name === "now" ? shifted : Reflect.get(Real, name),
});
`;

for (const program of programs) {
  Deno.test(`${program.name}: the wall clock jumps: nothing depends on it but displayed times`, () =>
    Bench.use(program, async (bench) => {
      const [offset, script] = [bench.path("offset"), bench.path("clock.cjs")];
      const jump = (hours: number) => writeFile(offset, String(hours * hour));
      await jump(0);
      await writeFile(script, preload(offset));
      // The executable is a Node.js, which takes the variable; Deno has a flag of its own.
      bench.launcher = program.command[1] === undefined ? [] : [await denoWith(bench, script)];
      const marathon = await startMarathon(bench);
      const lb = await bench.serve({
        flags: ["--log-format", "%(asctime)s %(levelname)s %(name)s: %(message)s"],
        env: { NODE_OPTIONS: `--require=${script}` },
      });
      await withTraffic({ bench, marathon, lb }, async ({ scaleBy }) => {
        for (const hours of jumps) {
          const begin = lb.lines.length;
          await jump(hours);
          const time = stopwatch();
          await scaleBy(1);
          measure(`the clock jumps to ${hours} h from the truth: a change is in service after`, time());
          const year = new Date(Date.now() + hours * hour).getFullYear();
          await lb.until(new RegExp(`^${year}-.*Applied`), begin);
          assert.equal((await request(`${bench.admin}/_mlb_health`)).status, 200);
        }
        // Neither the event stream nor any pause is measured by it.
        assert.equal(lb.count(/counts as dead|[Rr]econnecting|ERROR|Retrying in/), 0);
      });
    }));
}

/** A command that starts \`deno run …\` with the script loaded before the program. */
function denoWith(bench: Bench, script: string): Promise<string> {
  return writeScript(
    bench.path("deno-with-clock"),
    `deno="$1"; run="$2"; shift 2\nexec "$deno" "$run" --preload "${script}" "$@"`,
  );
}
