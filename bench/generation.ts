/**
 * Measures a whole generation, from JSON text to configuration text in a new process, beside `haproxy -c` on that
 * configuration. Run `deno run -A bench/generation.ts [runs]`.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { selfSignedCertificate } from "../lib/shell/certificates/prepare.ts";
import { systemClock } from "../lib/shell/system/clock.ts";
import { ms, percentile, printTable } from "./support/table.ts";

const runs = Number(process.argv[2] ?? 5);
const generateOnce = fileURLToPath(new URL("support/generateOnce.ts", import.meta.url));
const directory = await mkdtemp(join(tmpdir(), "marathon-lb-bench-"));
await writeFile(join(directory, "cert.pem"), await selfSignedCertificate("bench", systemClock));

const rows: string[][] = [];
const perApp = new Map<number, number>();
for (const apps of [100, 1_000, 10_000]) {
  const generations: number[] = [];
  const checks: number[] = [];
  for (let run = 0; run < runs; run++) {
    const file = join(directory, "haproxy.cfg");
    generations.push(Number(output(process.execPath, ["run", "-A", generateOnce, `${apps}`, file])));
    const begin = performance.now();
    output("haproxy", ["-c", "-f", file]);
    checks.push(performance.now() - begin);
  }
  const [generation, check] = [generations, checks].map((times) => percentile(times, 0.5));
  perApp.set(apps, generation! / apps);
  rows.push([`${apps}`, ms(generation!), ms(check!), (generation! / check!).toFixed(2)]);
}
await rm(directory, { recursive: true });
printTable(["apps", "generation", "haproxy -c", "ratio"], rows);
console.log(
  `An app at 10,000 takes ${(perApp.get(10_000)! / perApp.get(1_000)!).toFixed(2)} times one at 1,000.`,
);

function output(program: string, words: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${words.join(" ")} failed: ${stderr}`);
  return stdout;
}
