/**
 * What several instances cost one Marathon: `deno run -A bench/instances.ts [instances] [apps] [quiet minutes]`; ten
 * instances, a thousand apps and six minutes by default. It starts the built executable so many times at once, and
 * counts the requests and bytes that Marathon serves. Events and answers have the size of real ones, without HTTP
 * headers, not compressed.
 */
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { BenchTasks } from "./support/BenchTasks.ts";
import {
  addressOf,
  type ClusterApp,
  type ClusterTask,
  makeCluster,
  makeTask,
} from "./support/makeCluster.ts";
import { Subject } from "./support/Subject.ts";
import { ms, printTable } from "./support/table.ts";

const [instances = 10, size = 1_000, minutes = 6] = process.argv.slice(2).map(Number);
/** Events that change nothing, and deployments, of which the table has the average. */
const [events, deployments] = [100, 10];
/** Milliseconds from one state of a task to the next. */
const step = 300;

const rows: string[][] = [];
const tasks = await BenchTasks.start();
const apps = makeCluster({ apps: size });
const marathon = await BenchMarathon.start(apps);
marathon.prepare();

const subjects = await count(`start of ${instances} at once`, async () => {
  const begun = performance.now();
  const started = await Promise.all(
    // All of them stand on one machine, so none may listen at the service ports.
    Array.from(
      { length: instances },
      () => Subject.start(marathon.url, ["--service-ports", "none", "--shutdown-timeout", "1"]),
    ),
  );
  console.log(`${instances} instances serve after ${ms(performance.now() - begun)}`);
  return started;
});
await pause(2_000);

await count("an event that changes nothing", async () => {
  for (let turn = 0; turn < events; turn++) {
    announce(apps[turn % size]!, apps[turn % size]!.tasks[0]!, "TASK_RUNNING");
    await pause(100);
  }
}, events);

let next = size * 4;
await count("a deployment that replaces the three tasks of an app", async () => {
  for (let turn = 0; turn < deployments; turn++) await deploy(apps[(turn * 37) % size]!);
}, deployments);

await count("another leader: all event streams end", async () => {
  const before = marathon.served.streams;
  marathon.cutStreams();
  while (marathon.served.streams < before + instances || marathon.listeners < instances) await pause(50);
  await pause(3_000);
});

// From a moment at which all have just asked for everything, as after the start.
const quietFrom = performance.now();
await count(`${minutes} quiet minutes`, () => pause(minutes * 60_000));
const polls = marathon.listTimes.filter((time) => time >= quietFrom);

for (const subject of subjects) await subject.stop();
await marathon.stop();
await tasks.stop();
printTable(
  [
    "",
    "streams opened",
    "lists of all apps",
    "sent at a time",
    "single apps",
    "bytes",
    "bytes for each instance",
  ],
  rows,
);
console.log(
  `The quiet lists, in seconds: ${polls.map((time) => ((time - quietFrom) / 1000).toFixed(1)).join(" ")}`,
);

/** Adds a row with what Marathon serves during some work, divided by how often the work is done. */
async function count<Result>(what: string, work: () => Promise<Result>, times = 1): Promise<Result> {
  const before = { ...marathon.served };
  marathon.served.mostLists = 0;
  const result = await work();
  // What is under way then belongs to it.
  await pause(1_000);
  const { served } = marathon;
  const bytes = served.bytes + served.eventBytes - before.bytes - before.eventBytes;
  rows.push([
    what,
    `${(served.streams - before.streams) / times}`,
    `${(served.lists - before.lists) / times}`,
    `${served.mostLists}`,
    `${(served.apps - before.apps) / times}`,
    bytesOf(bytes / times),
    bytesOf(bytes / times / instances),
  ]);
  console.log(rows.at(-1)!.join(" | "));
  return result;
}

/** A rolling deployment: one new task after the other runs and becomes healthy, and an old one is killed. */
async function deploy(app: ClusterApp): Promise<void> {
  const plan = { plan: { id: "5ed4c0c5-9ff8-4a6f-a0cd-f57f59a34b43", steps: [] } };
  const { tasks: _, ...definition } = app;
  marathon.set(app);
  marathon.emit("api_post_event", app.id, {
    clientIp: "10.0.0.1",
    uri: `/v2/apps${app.id}`,
    appDefinition: definition,
  });
  marathon.emit("deployment_info", app.id, plan);
  for (const old of [...app.tasks]) {
    const fresh = makeTask(app.id, addressOf(next++), `deployed-${next}`);
    app.tasks = [...app.tasks, { ...fresh, state: "TASK_STAGING", healthCheckResults: [] }];
    await change(app, fresh, "TASK_STAGING");
    await change(app, fresh, "TASK_STARTING");
    app.tasks = [...app.tasks.slice(0, -1), { ...fresh, healthCheckResults: [] }];
    await change(app, fresh, "TASK_RUNNING");
    app.tasks = [...app.tasks.slice(0, -1), fresh];
    marathon.set(app);
    marathon.emit("health_status_changed_event", app.id, { taskId: fresh.id, alive: true });
    marathon.emit("instance_health_changed_event", app.id, { instanceId: fresh.id, healthy: true });
    await pause(step);
    app.tasks = app.tasks.map((task) => task === old ? { ...old, state: "TASK_KILLING" } : task);
    await change(app, old, "TASK_KILLING");
    app.tasks = app.tasks.filter(({ id }) => id !== old.id);
    await change(app, old, "TASK_KILLED");
  }
  marathon.emit("deployment_step_success", app.id, plan);
  marathon.emit("deployment_success", app.id, plan);
  await pause(step);
}

async function change(app: ClusterApp, task: ClusterTask, state: string): Promise<void> {
  marathon.set(app);
  announce(app, task, state);
  await pause(step);
}

/** The two events with which Marathon 1.5 and later reports one change of a task. */
function announce(app: ClusterApp, task: ClusterTask, taskStatus: string): void {
  const { host, ports, id } = task;
  const ipAddresses = [{ ipAddress: host, protocol: "IPv4" }];
  marathon.emit("status_update_event", app.id, {
    ...{
      slaveId: "2d1b6c1c-b5ac-4ba9-9b1e-b6a2c7a8a9d4-S12",
      taskId: id,
      taskStatus,
      message: "",
      host,
      ports,
    },
    ...{ ipAddresses, version: app.version },
  });
  marathon.emit("instance_changed_event", app.id, {
    ...{ instanceId: id, condition: taskStatus, runSpecId: app.id, agentId: "2d1b6c1c-S12", host },
    runSpecVersion: app.version,
  });
}

function bytesOf(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
