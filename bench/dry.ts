/**
 * How long one `--dry` run of the executable takes, start and fetch included: `deno run -A bench/dry.ts [apps…]`. Where
 * `MLB_DIR` is a checkout of mesosphere/marathon-lb, it runs in turns with ours, by `$MLB_PYTHON` (`python3`).
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { makeCluster } from "./support/makeCluster.ts";
import { command } from "./support/Subject.ts";
import { ms, percentile, printTable } from "./support/table.ts";

const { MLB_DIR, MLB_PYTHON = "python3" } = process.env;
const reference = MLB_DIR && [
  ...[MLB_PYTHON, join(MLB_DIR, "marathon_lb.py")],
  // Without a configuration to compare with, and without its log of every line that differs from that.
  ...["--haproxy-config", "/nonexistent/haproxy.cfg", "--log-level", "error", "--syslog-socket", "/dev/null"],
];
const sizes = process.argv.slice(2).map(Number);
const rows: string[][] = [];
for (const apps of sizes.length > 0 ? sizes : [100, 1_000, 10_000]) {
  const marathon = await BenchMarathon.start(makeCluster({ apps }));
  marathon.prepare();
  // The check by HAProxy takes as long as that HAProxy does.
  for (const more of [["--skip-validation"], ["--skip-validation", "--haproxy-map"], []]) {
    const words = ["--dry", "--group", "external", "--health-check", "--marathon", marathon.url, ...more];
    const rivals = [command, ...reference && more.length > 0 ? [reference] : []];
    const runs: { time: number; bytes: number }[][] = rivals.map(() => []);
    for (let run = 0; run < 5; run++) {
      for (const [rival, [program = "", ...before]] of rivals.entries()) {
        const begin = performance.now();
        const bytes = await printed(program, [...before, ...words]);
        runs[rival]!.push({ time: performance.now() - begin, bytes });
      }
    }
    const [ours, theirs] = runs.map((all) => percentile(all.map(({ time }) => time), 0.5));
    rows.push([
      ...[`${apps}`, more.join(" "), ms(ours!), `${(runs[0]![0]!.bytes / 1e6).toFixed(1)} MB`],
      ...theirs === undefined ? ["", ""] : [ms(theirs), `${(theirs / ours!).toFixed(1)} times`],
    ]);
  }
  await marathon.stop();
}
printTable(["apps", "flags", "--dry", "configuration", "the reference", "beside it"], rows);

/** Resolves to how many bytes a program printed. */
function printed(program: string, words: string[]): Promise<number> {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", reference ? "ignore" : "inherit"] });
  let bytes = 0;
  child.stdout.on("data", (piece: Uint8Array) => bytes += piece.length);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => code === 0 ? resolve(bytes) : reject(new Error(`It ended with ${code}`)));
  });
}
