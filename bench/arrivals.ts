/**
 * Measures how fast new apps with a vhost are served with maps: without a reload from HAProxy 3.4 on. Run
 * `deno run -A bench/arrivals.ts [apps…]`, by default with 100 and 10,000 apps. The service ports follow after the
 * measurement.
 */
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { BenchTasks } from "./support/BenchTasks.ts";
import { addressOf, makeApp, makeCluster, makeTask } from "./support/makeCluster.ts";
import { get, Subject } from "./support/Subject.ts";
import { ms, percentile, printTable } from "./support/table.ts";

const firstPort = 10_001;
const sizes = process.argv.slice(2).map(Number);
const arrivals = 20;

const rows: string[][] = [];
const taskServer = await BenchTasks.start();
for (const size of sizes.length > 0 ? sizes : [100, 10_000]) {
  const marathon = await BenchMarathon.start(makeCluster({ apps: size, firstPort }));
  marathon.prepare();
  const subject = await Subject.start(marathon.url, ["--haproxy-map", "--port-reload-delay", "600"]);
  const tell = (figure: string, value: string) => {
    console.log(`${size} apps: ${figure}: ${value}`);
    rows.push([`${size}`, figure, value]);
  };
  await measure(marathon, subject, size, tell);
  await subject.stop();
  await marathon.stop();
}
await taskServer.stop();
printTable(["apps", "figure", "measured"], rows);

async function measure(
  marathon: BenchMarathon,
  subject: Subject,
  size: number,
  tell: (figure: string, value: string) => void,
): Promise<void> {
  const reloads = () => subject.metric('marathon_lb_reloads_total{result="ok"}');
  await pause(2_000);
  const reloadsBefore = await reloads();
  const begun = subject.lb.lines.length;
  const times: number[] = [];
  const cpuBefore = await subject.cpu();
  for (let turn = 0; turn < arrivals; turn++) {
    const host = `fresh${turn}.example.com`;
    const fresh = makeApp(size * 10 + turn, { tasks: 3, firstPort: firstPort - size * 10 + size + 50 });
    fresh.labels = { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: host };
    fresh.tasks = [makeTask(fresh.id, addressOf(size * 3 + 9_000 + turn), "fresh")];
    marathon.set(fresh);
    const line = subject.lb.lines.length;
    const begin = performance.now();
    marathon.emit("api_post_event", fresh.id);
    while (await get(`http://127.0.0.1:${subject.ports.http}/`, host).catch(() => "") === "") await pause(2);
    times.push(performance.now() - begin);
    await subject.lb.until(/Applied in .*api_post_event/, line);
    await pause(500);
  }
  tell("a new app with a vhost, first answer, p50", ms(percentile(times, 0.5)));
  tell("the slowest of them", ms(Math.max(...times)));
  tell("processor time of the controller for each", ms((await subject.cpu() - cpuBefore) / arrivals));
  const { synchronisations } = JSON.parse(await get(`http://127.0.0.1:${subject.ports.admin}/_mlb_status`));
  const last: { durations: Record<string, number> }[] = synchronisations.last.slice(0, arrivals);
  for (const stage of ["fetch", "generate", "validate", "apply"]) {
    tell(`stage ${stage}, p50`, ms(percentile(last.map(({ durations }) => durations[stage]!), 0.5)));
  }
  const reasons = subject.lb.lines.slice(begun).filter((line) => line.includes("reloaded because"));
  const why = reasons.map((line) => /reloaded because (.*)\)/.exec(line)?.[1] ?? line);
  tell("reloads for them", [`${await reloads() - reloadsBefore}`, ...new Set(why)].join(": "));
  tell("HAProxy's own reload", ms(await subject.reload()));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
