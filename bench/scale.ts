/**
 * What one instance holds: `deno run -A bench/scale.ts [apps] [flags…]`; twenty thousand apps, three tasks each, and
 * `--haproxy-map --service-ports none` by default. It starts the built executable with a real HAProxy. Requests reach
 * apps by their vhosts, as so many service ports need more file descriptors than most machines allow.
 */
import { spawnSync } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { BenchTasks } from "./support/BenchTasks.ts";
import { addressOf, makeApp, makeCluster, makeTask } from "./support/makeCluster.ts";
import { Mover } from "./support/Mover.ts";
import { get, Subject } from "./support/Subject.ts";
import { ms, percentile, printTable } from "./support/table.ts";

const [first = "20000", ...flags] = process.argv.slice(2);
const size = Number(first);
const chosen = flags.length > 0 ? flags : ["--haproxy-map", "--service-ports", "none"];
const [moves, events, fetches, reloads] = [100, 200, 3, 3];

const rows: string[][] = [];
const taskServer = await BenchTasks.start();
const apps = makeCluster({ apps: size });
const marathon = await BenchMarathon.start(apps);
marathon.prepare();
const begun = performance.now();
const subject = await Subject.start(marathon.url, [...chosen, "--shutdown-timeout", "1"]);
const frontend = `http://127.0.0.1:${subject.ports.http}/`;
// Where Marathon has not begun its answer within 2 s, HAProxy starts without apps.
while (await get(frontend, `app-${size - 10}.example.com`) === "") await pause(50);
tell("start until all apps are served", ms(performance.now() - begun));
tell("processor time of the controller until then", ms(await subject.cpu()));
tell("Marathon's answer", megabytes(marathon.served.bytes / marathon.served.lists / 2 ** 20));
try {
  await measure(
    new Mover(apps, marathon, (number) => ({ url: frontend, host: `app-${number}.example.com` })),
  );
} finally {
  await subject.stop();
  await marathon.stop();
  await taskServer.stop();
}
printTable([`${size} apps, ${size * 3} tasks, ${chosen.join(" ")}`, "measured"], rows);

async function measure(mover: Mover): Promise<void> {
  await pause(1_000);
  await tellMemory("after the start");
  const file = join(subject.directory, "work", "haproxy.cfg");
  tell("configuration", megabytes((await stat(file)).size / 2 ** 20));

  const times: number[] = [];
  for (let turn = 0; turn < moves; turn++) {
    // Four of ten apps have a vhost of their own: those whose number ends with 0 to 3.
    const number = Math.floor(turn * size / moves / 10) * 10 + turn % 4;
    const expected = mover.move(number);
    const begin = performance.now();
    mover.tell(number);
    await mover.answeredBy(number, expected);
    times.push(performance.now() - begin);
    await pause(150);
  }
  for (const share of [0.5, 0.9, 0.99]) {
    tell(`one task moved, p${share * 100} of ${moves}`, ms(percentile(times, share)));
  }

  const cpuBefore = await subject.cpu();
  const lines = subject.lb.lines.length;
  for (let event = 0; event < events; event++) {
    mover.tell(event * 7 % size);
    await pause(30);
  }
  await subject.lb.until(/Nothing to do/, lines);
  tell("processor time of an event that changes nothing", ms((await subject.cpu() - cpuBefore) / events));

  marathon.prepare();
  const fullBefore = await subject.cpu();
  const fullBegun = performance.now();
  for (let fetch = 0; fetch < fetches; fetch++) {
    const start = subject.lb.lines.length;
    subject.lb.signal("SIGHUP");
    await subject.lb.until(/Nothing to do .*SIGHUP/, start);
  }
  tell("a full fetch that changes nothing", ms((performance.now() - fullBegun) / fetches));
  tell("processor time of it", ms((await subject.cpu() - fullBefore) / fetches));

  const fresh = makeApp(size * 2, { tasks: 3, firstPort: 10_001 - size });
  fresh.labels = { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "fresh.example.com" };
  fresh.tasks = [makeTask(fresh.id, addressOf(size * 3 + 9_000), "fresh")];
  marathon.set(fresh);
  const freshBegun = performance.now();
  const line = subject.lb.lines.length;
  marathon.emit("api_post_event", fresh.id);
  while (await get(frontend, "fresh.example.com").catch(() => "") === "") await pause(5);
  tell("a new app with a vhost, until its first answer", ms(performance.now() - freshBegun));
  await subject.lb.until(/Applied in .*api_post_event/, line);

  const own: number[] = [];
  for (let turn = 0; turn < reloads; turn++) own.push(await subject.reload());
  tell("a reload", ms(percentile(own, 0.5)));
  const checkBegun = performance.now();
  const { status, stderr } = spawnSync("haproxy", ["-c", "-f", file], { encoding: "utf8" });
  if (status !== 0) throw new Error(`haproxy -c failed: ${stderr}`);
  tell("haproxy -c", ms(performance.now() - checkBegun));
  await tellMemory("at the end");
}

async function tellMemory(when: string): Promise<void> {
  const { now, peak } = await subject.memory();
  tell(`memory of the controller ${when}; the most`, `${megabytes(now)}; ${megabytes(peak)}`);
  tell(`memory of HAProxy's worker ${when}`, megabytes(await subject.workerMemory()));
}

function tell(figure: string, value: string): void {
  console.log(`${figure}: ${value}`);
  rows.push([figure, value]);
}

function megabytes(value: number): string {
  return `${value.toFixed(0)} MB`;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
