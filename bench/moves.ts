/**
 * Measures how fast traffic follows tasks, with the built executable, a real HAProxy and tasks that answer. Run
 * `deno run -A bench/moves.ts [apps…]`, by default with 100 and 10,000 apps.
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { addressOf, makeApp, makeCluster, makeTask } from "./support/makeCluster.ts";
import { Mover } from "./support/Mover.ts";
import { get, Subject } from "./support/Subject.ts";
import { ms, percentile, printTable } from "./support/table.ts";
import { BenchTasks } from "./support/BenchTasks.ts";

const firstPort = 10_001;
const sizes = process.argv.slice(2).map(Number);

const rows: string[][] = [];
const taskServer = await BenchTasks.start();
for (const size of sizes.length > 0 ? sizes : [100, 10_000]) {
  const apps = makeCluster({ apps: size, firstPort });
  const marathon = await BenchMarathon.start(apps);
  marathon.prepare();
  const begun = performance.now();
  const subject = await Subject.start(marathon.url);
  console.log(`${size} apps: serving after ${ms(performance.now() - begun)}`);
  const route = (number: number) => ({ url: `http://127.0.0.1:${firstPort + number}/` });
  const bench = new Mover(apps, marathon, route);
  await measure(bench, subject, (figure, value) => {
    console.log(`${size} apps: ${figure}: ${value}`);
    rows.push([`${size}`, figure, value]);
  });
  await subject.stop();
  await marathon.stop();
}
await taskServer.stop();
printTable(["apps", "figure", "measured"], rows);

async function measure(
  bench: Mover,
  subject: Subject,
  tell: (figure: string, value: string) => void,
): Promise<void> {
  const { apps, marathon } = bench;
  const reloads = () => subject.metric('marathon_lb_reloads_total{result="ok"}');
  await pause(1_000);

  // One task moved.
  const reloadsBefore = await reloads();
  const bytesBefore = marathon.served.bytes;
  const times: number[] = [];
  for (let turn = 0; turn < 100; turn++) {
    const number = (turn * 37) % apps.length;
    const expected = bench.move(number);
    const begin = performance.now();
    bench.tell(number);
    await bench.answeredBy(number, expected);
    times.push(performance.now() - begin);
    await pause(150);
  }
  tell("one task moved, p50", ms(percentile(times, 0.5)));
  tell("one task moved, p99", ms(percentile(times, 0.99)));
  tell("bytes fetched for one moved task", `${Math.round((marathon.served.bytes - bytesBefore) / 100)}`);
  tell("reloads in 100 moves", `${await reloads() - reloadsBefore}`);

  // An event that changes nothing.
  const events = 400;
  const cpuBefore = await subject.cpu();
  const runsBefore = subject.lb.lines.length;
  for (let event = 0; event < events; event++) {
    bench.tell(event % apps.length);
    await pause(30);
  }
  await subject.lb.until(/Nothing to do/, runsBefore);
  tell("CPU time for an event that changes nothing", ms((await subject.cpu() - cpuBefore) / events));

  // A full fetch that changes nothing.
  marathon.prepare();
  const fetches = 5;
  const fullBefore = await subject.cpu();
  for (let fetch = 0; fetch < fetches; fetch++) {
    const start = subject.lb.lines.length;
    subject.lb.signal("SIGHUP");
    await subject.lb.until(/Nothing to do .*SIGHUP/, start);
  }
  tell("CPU time for a full fetch that changes nothing", ms((await subject.cpu() - fullBefore) / fetches));

  // Many tasks moved at once.
  const many = Math.min(1_000, apps.length);
  await pause(2_000);
  const manyReloads = await reloads();
  const manyLines = subject.lb.lines.length;
  const expected = Array.from({ length: many }, (_, number) => bench.move(number));
  marathon.prepare();
  const begin = performance.now();
  for (let number = 0; number < many; number++) bench.tell(number);
  const last = many - 1;
  for (const number of [0, last >> 1, last]) await bench.answeredBy(number, expected[number]!);
  for (let number = 0; number < many; number += 10) await bench.answeredBy(number, expected[number]!);
  tell(`${many} tasks moved at once, until the last one answers`, ms(performance.now() - begin));
  const reasons = subject.lb.lines.slice(manyLines).filter((line) => line.includes("reloaded because"));
  tell("reloads for them", [await reloads() - manyReloads, ...reasons.map(reasonOf)].join(": "));

  // Once more, and reloads, under load.
  const load = startLoad(`http://127.0.0.1:${firstPort}/`);
  await pause(500);
  for (let number = 0; number < many; number++) bench.move(number);
  for (let number = 0; number < many; number++) bench.tell(number);
  // A signal that meets a change is part of it, and no reload of its own.
  const settled = subject.lb.lines.length;
  subject.lb.signal("SIGHUP");
  await subject.lb.until(/(Nothing to do|Applied) .*SIGHUP/, settled);
  for (let turn = 0; turn < 20; turn++) await subject.reload();
  tell(
    "requests that failed while they move once more and in 20 reloads, under wrk -c 50",
    await load.stop(),
  );
  await pause(3_000);

  // A new app with a vhost.
  const start = subject.lb.lines.length;
  const fresh = makeApp(apps.length * 10, {
    tasks: 3,
    firstPort: firstPort - apps.length * 10 + apps.length + 50,
  });
  fresh.labels = { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "fresh.example.com" };
  fresh.tasks = [makeTask(fresh.id, addressOf(apps.length * 3 + 9_000), "fresh")];
  marathon.set(fresh);
  const freshBegin = performance.now();
  marathon.emit("api_post_event", fresh.id);
  while (await get(`http://127.0.0.1:${subject.ports.http}/`, "fresh.example.com").catch(() => "") === "") {
    await pause(2);
  }
  const freshTime = performance.now() - freshBegin;
  await subject.lb.until(/Applied in .*api_post_event/, start);
  const own: number[] = [];
  for (let turn = 0; turn < 3; turn++) own.push(await subject.reload());
  const reload = percentile(own, 0.5);
  tell("new app with a vhost, first answer", ms(freshTime));
  tell("HAProxy's own reload", `${ms(reload)} (ratio ${(freshTime / reload).toFixed(2)})`);

  const { now, peak } = await subject.memory();
  tell("memory of the controller", `${now.toFixed(0)} MB, at most ${peak.toFixed(0)} MB`);
}

/** Why a change needed a reload, as its line in the log says. */
function reasonOf(line: string): string {
  return /reloaded because (.*)\)/.exec(line)?.[1] ?? line;
}

/** wrk until it is stopped. */
function startLoad(url: string): { stop: () => Promise<string> } {
  const child = spawn("wrk", ["-t", "1", "-c", "50", "-d", "600", url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (piece) => output += piece);
  return {
    stop: async () => {
      child.kill("SIGINT");
      await new Promise((resolve) => child.once("exit", resolve));
      const errors = /Socket errors: .*/.exec(output)?.[0] ?? "no socket errors";
      const refused = /Non-2xx.*/.exec(output)?.[0] ?? "only 2xx";
      return `${/(\d+) requests in/.exec(output)?.[1]} requests: ${errors}, ${refused}`;
    },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
