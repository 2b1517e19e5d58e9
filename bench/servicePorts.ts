/**
 * What service ports cost HAProxy: `deno run -A bench/servicePorts.ts [apps] [rounds]`; ten thousand apps and two rounds
 * by default. Each round starts the built executable with each value of `--service-ports` in turn. It measures
 * `haproxy -c`, reloads of the same configuration, and the memory of the worker.
 */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { servicePortChoices } from "../lib/core/flags/values.ts";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { BenchTasks } from "./support/BenchTasks.ts";
import { makeCluster } from "./support/makeCluster.ts";
import { Subject } from "./support/Subject.ts";
import { ms, percentile, printTable } from "./support/table.ts";

const [size = 10_000, rounds = 2] = process.argv.slice(2).map(Number);
/** Checks, and reloads, in each round. */
const times = 3;

interface Measured {
  frontends: number;
  kilobytes: number;
  readonly checks: number[];
  readonly reloads: number[];
  /** Megabytes of the worker, resident. */
  readonly memory: number[];
}

const found = new Map(servicePortChoices.map((choice): [string, Measured] => [
  choice,
  { frontends: 0, kilobytes: 0, checks: [], reloads: [], memory: [] },
]));
const tasks = await BenchTasks.start();
const marathon = await BenchMarathon.start(makeCluster({ apps: size }));
marathon.prepare();
for (let round = 0; round < rounds; round++) {
  for (const [choice, measured] of found) {
    const subject = await Subject.start(marathon.url, ["--service-ports", choice]);
    await measure(subject, measured);
    await subject.stop();
  }
}
await marathon.stop();
await tasks.stop();

const all = found.get("all")!;
const median = (values: readonly number[]) => percentile(values, 0.5);
const beside = (of: (one: Measured) => number, one: Measured) => (of(one) / of(all)).toFixed(2);
printTable(
  [
    "--service-ports",
    "frontends",
    "file",
    "haproxy -c",
    "beside all",
    "reload",
    "beside all",
    "worker",
    "beside all",
  ],
  [...found].map(([choice, one]) => [
    choice,
    `${one.frontends}`,
    `${(one.kilobytes / 1024).toFixed(1)} MB`,
    ms(median(one.checks)),
    beside(({ checks }) => median(checks), one),
    ms(median(one.reloads)),
    beside(({ reloads }) => median(reloads), one),
    `${median(one.memory).toFixed(0)} MB`,
    beside(({ memory }) => median(memory), one),
  ]),
);

async function measure(subject: Subject, measured: Measured): Promise<void> {
  const file = join(subject.directory, "work", "haproxy.cfg");
  const text = await readFile(file, "utf8");
  measured.frontends = text.match(/^frontend /gm)!.length;
  measured.kilobytes = text.length / 1024;
  for (let turn = 0; turn < times; turn++) {
    const begin = performance.now();
    const { status, stderr } = spawnSync("haproxy", ["-c", "-f", file], { encoding: "utf8" });
    measured.checks.push(performance.now() - begin);
    if (status !== 0) throw new Error(`haproxy -c failed: ${stderr}`);
  }
  for (let turn = 0; turn < times; turn++) measured.reloads.push(await subject.reload());
  measured.memory.push(await subject.workerMemory());
}
