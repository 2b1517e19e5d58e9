/**
 * What the controller holds while a cluster changes: `deno run -A bench/memory.ts [apps] [minutes]`; ten thousand apps
 * and ten minutes by default. Tasks move all the time, apps come and go, and all apps are fetched every minute.
 */
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { addressOf, makeCluster, makeTask } from "./support/makeCluster.ts";
import { Subject } from "./support/Subject.ts";
import { printTable } from "./support/table.ts";
import { BenchTasks } from "./support/BenchTasks.ts";

const [size = 10_000, minutes = 10] = process.argv.slice(2).map(Number);
const rows: string[][] = [];
const tasks = await BenchTasks.start();
const apps = makeCluster({ apps: size });
const marathon = await BenchMarathon.start(apps);
const subject = await Subject.start(marathon.url);
await note("after the start");

let next = size * 4;
for (let minute = 1; minute <= minutes; minute++) {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    const app = apps[next % size]!;
    app.tasks = [...app.tasks.slice(1), makeTask(app.id, addressOf(next), `moved-${next}`)];
    next += 13;
    marathon.set(app);
    marathon.emit("status_update_event", app.id);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  subject.lb.signal("SIGHUP");
  await note(`minute ${minute}`);
}
await subject.stop();
await marathon.stop();
await tasks.stop();
printTable([`${size} apps`, "resident", "of it the controller's own", "highest so far"], rows);

async function note(when: string): Promise<void> {
  const { now, own, peak } = await subject.memory();
  rows.push([when, ...[now, own, peak].map((megabytes) => `${megabytes.toFixed(0)} MB`)]);
}
