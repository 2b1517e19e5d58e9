/**
 * Measures what the page costs, with the built executable and a real HAProxy. Run `deno run -A bench/page.ts [apps]`,
 * by default with 10,000 apps. It times answers of the API through HAProxy, and a change of a task. The change is timed
 * with no page open and with three, in turns in one run.
 */
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { BenchTasks } from "./support/BenchTasks.ts";
import { addressOf, makeCluster, makeTask } from "./support/makeCluster.ts";
import { get, Subject } from "./support/Subject.ts";
import { ms, percentile, printTable } from "./support/table.ts";

const [size = 10_000] = process.argv.slice(2).map(Number);
const rounds = 4;
const changesInRound = 25;

const tasks = await BenchTasks.start();
const apps = makeCluster({ apps: size });
const marathon = await BenchMarathon.start(apps);
const subject = await Subject.start(marathon.url);
const api = (path: string) => get(`http://127.0.0.1:${subject.ports.admin}/_mlb/api/${path}`);
let next = size * 4;

/** Milliseconds from an event to the end of its synchronisation, by the log of the controller. */
async function change(): Promise<number> {
  const app = apps[next % size]!;
  app.tasks = [...app.tasks.slice(1), makeTask(app.id, addressOf(next), `moved-${next}`)];
  next += 13;
  marathon.set(app);
  const from = subject.lb.lines.length;
  const began = performance.now();
  marathon.emit("status_update_event", app.id);
  await subject.lb.until(/Applied in/, from);
  return performance.now() - began;
}

/** What one page asks for while somebody looks at it, over and over. */
async function look(signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    await api("summary");
    await api("apps?limit=100");
    if (round % 2) await api(`app?id=${apps[round % size]!.id}`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

async function timed(path: string, times = 20): Promise<string[]> {
  const durations: number[] = [];
  let bytes = 0;
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    const answer = await api(path);
    durations.push(performance.now() - began);
    if (answer === "") throw new Error(`${path} is not answered`);
    bytes = answer.length;
  }

  return [
    path,
    ms(percentile(durations, 0.5)),
    ms(percentile(durations, 0.95)),
    `${(bytes / 1024).toFixed(0)} kB`,
  ];
}

const some = apps[5]!.id;
const first = performance.now();
await api("summary");
const firstAnswer = performance.now() - first;
const { counts } = JSON.parse(await api("summary"));
console.log(`${counts.served} of ${counts.apps} apps are served`);
const rows = [];
for (
  const path of [
    "summary",
    "apps",
    "apps?q=app-77",
    "apps?filter=not-served",
    "apps?sort=rate",
    `app?id=${some}`,
    "url?url=http://nowhere.example.com/",
    "changes",
  ]
) rows.push(await timed(path));
printTable([`${size} apps`, "median", "95 of 100", "size"], rows);
console.log(`The first answer of a generation, which computes all verdicts: ${ms(firstAnswer)}`);

const [without, looked]: number[][] = [[], []];
for (let round = 0; round < rounds; round++) {
  for (let n = 0; n < changesInRound; n++) without!.push(await change());
  const stop = new AbortController();
  const pages = [1, 2, 3].map(() => look(stop.signal));
  for (let n = 0; n < changesInRound; n++) looked!.push(await change());
  stop.abort();
  await Promise.all(pages);
}
const line = (name: string, all: number[]) => {
  return [name, ms(percentile(all, 0.5)), ms(percentile(all, 0.95)), ms(Math.max(...all))];
};
printTable(["from event to applied", "median", "95 of 100", "longest"], [
  line("without the page", without!),
  line("three pages open", looked!),
]);
await subject.stop();
await marathon.stop();
await tasks.stop();
process.exit();
