/**
 * Measures how long the executable takes to answer `--version`, with no HAProxy and with one that is asked for its
 * version. An empty program in the same runtime (a Node.js single executable) is measured beside it. Run
 * `deno run -A bench/startup.ts [runs]`.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { makeNodeExecutable } from "../tools/build/nodeExecutable.ts";
import { hostTarget } from "../tools/build/targets.ts";
import { command } from "./support/Subject.ts";
import { ms, percentile, printTable } from "./support/table.ts";

const runs = Number(process.argv[2] ?? 20);
const directory = await mkdtemp(join(tmpdir(), "marathon-lb-bench-"));
const empty = join(directory, "empty");
await makeEmpty();

const times = { empty: [] as number[], ours: [] as number[], withHaproxy: [] as number[] };
const nothing = { PATH: directory };
const haproxy = { PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin` };
const [program = "", ...before] = command;
// One after the other, so that whatever else the machine does meets both.
for (let run = 0; run < runs; run++) {
  times.empty.push(time(empty, [], nothing));
  times.ours.push(time(program, [...before, "--version"], nothing));
  times.withHaproxy.push(time(program, [...before, "--version"], haproxy));
}
await rm(directory, { recursive: true });
const [theirs, ours, withHaproxy] = [times.empty, times.ours, times.withHaproxy].map((all) =>
  percentile(all, 0.5)
);
printTable(["program", "median", "ratio"], [
  ["an empty one", ms(theirs!), "1"],
  ["marathon-lb --version", ms(ours!), (ours! / theirs!).toFixed(2)],
  ["the same with a HAProxy", ms(withHaproxy!), (withHaproxy! / theirs!).toFixed(2)],
]);

/** As the build makes the program itself. */
async function makeEmpty(): Promise<void> {
  const script = join(directory, "empty.cjs");
  await writeFile(script, 'console.log("0");\n');
  const root = fileURLToPath(new URL("..", import.meta.url));
  await makeNodeExecutable(hostTarget(process.arch), { script, output: empty, root });
}

function time(file: string, words: string[], env: Record<string, string>): number {
  const begin = performance.now();
  const { status } = spawnSync(file, words, { env });
  if (status !== 0) throw new Error(`${file} ended with ${status}`);
  return performance.now() - begin;
}
