/** How long one `--dry` run of the executable takes, start and fetch included: `deno run -A bench/dry.ts [apps…]`. */
import { spawn } from "node:child_process";
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { makeCluster } from "./support/makeCluster.ts";
import { command } from "./support/Subject.ts";
import { ms, percentile, printTable } from "./support/table.ts";

const sizes = process.argv.slice(2).map(Number);
const rows: string[][] = [];
for (const apps of sizes.length > 0 ? sizes : [100, 1_000, 10_000]) {
  const marathon = await BenchMarathon.start(makeCluster({ apps }));
  marathon.prepare();
  // The check by HAProxy takes as long as that HAProxy does.
  for (const more of [["--skip-validation"], ["--skip-validation", "--haproxy-map"], []]) {
    const times: number[] = [];
    let bytes = 0;
    for (let run = 0; run < 5; run++) {
      const begin = performance.now();
      bytes = await dry([
        "--dry",
        "--group",
        "external",
        "--health-check",
        "--marathon",
        marathon.url,
        ...more,
      ]);
      times.push(performance.now() - begin);
    }
    rows.push([`${apps}`, more.join(" "), ms(percentile(times, 0.5)), `${(bytes / 1e6).toFixed(1)} MB`]);
  }
  await marathon.stop();
}
printTable(["apps", "flags", "--dry", "configuration"], rows);

/** Resolves to how many bytes it printed. */
function dry(words: string[]): Promise<number> {
  const [program = "", ...before] = command;
  const child = spawn(program, [...before, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  let bytes = 0;
  child.stdout.on("data", (piece: Uint8Array) => bytes += piece.length);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => code === 0 ? resolve(bytes) : reject(new Error(`It ended with ${code}`)));
  });
}
