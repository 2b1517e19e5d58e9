/**
 * For ten broken apps, the time to the reason by each way: log, status, explain, validate, page. With the built executable and
 * a real HAProxy, beside 100 other apps or as many as the argument says: `deno run -A bench/reasons.ts [apps]`.
 */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { BenchTasks } from "./support/BenchTasks.ts";
import { addressOf, type ClusterApp, makeApp, makeCluster } from "./support/makeCluster.ts";
import { command, get, Subject } from "./support/Subject.ts";
import { ms, printTable } from "./support/table.ts";

/** A mistake, the code of its reason, and the words of the log. */
interface Broken {
  readonly name: string;
  readonly code: string;
  readonly log: RegExp;
  readonly labels?: Record<string, string>;
  /** What happens to its tasks, which a file does not tell. */
  readonly tasks?: Record<string, unknown>;
  readonly port?: number;
}

const [size = 100] = process.argv.slice(2).map(Number);
const firstPort = 10_001;
const broken: readonly Broken[] = [
  { name: "no group", code: "no-group", log: /it has no group/, labels: { HAPROXY_GROUP: "" } },
  {
    name: "the group of another",
    code: "other-group",
    log: /its group is internal/,
    labels: { HAPROXY_GROUP: "internal" },
  },
  {
    name: "HAPROXY_0_VHOTS",
    code: "label-unknown",
    log: /HAPROXY_0_VHOTS/,
    labels: { HAPROXY_0_VHOTS: "a.example.com" },
  },
  {
    name: "HAPROXY_VHOST",
    code: "label-without-index",
    log: /HAPROXY_VHOST/,
    labels: { HAPROXY_VHOST: "b.example.com" },
  },
  {
    name: "a vhost with http://",
    code: "vhost-unreadable",
    log: /HAPROXY_0_VHOST/,
    labels: { HAPROXY_0_VHOST: "http://c.example.com" },
  },
  {
    name: "ENABLED=flase",
    code: "boolean-misspelt",
    log: /flase/,
    labels: { HAPROXY_0_ENABLED: "flase" },
  },
  { name: "a port that is taken", code: "port-taken", log: /port 10001 is/, port: firstPort },
  {
    name: "an option that HAProxy refuses",
    code: "haproxy-refuses",
    log: /HAProxy refuses/,
    labels: { HAPROXY_0_MODE: "http", HAPROXY_0_BACKEND_HTTP_OPTIONS: "  nonsense\n" },
  },
  {
    name: "no task runs",
    code: "no-running-task",
    log: /no task takes traffic/,
    tasks: { state: "TASK_STAGING" },
  },
  {
    name: "no task is healthy",
    code: "no-healthy-task",
    log: /no task is healthy/,
    tasks: { healthCheckResults: [{ alive: false }] },
  },
];

const apps = makeCluster({ apps: size, firstPort });
const tasks = await BenchTasks.start();
const marathon = await BenchMarathon.start(apps);
const subject = await Subject.start(marathon.url);
const admin = `http://127.0.0.1:${subject.ports.admin}`;

const rows: string[][] = [];
try {
  for (const [number, one] of broken.entries()) await measure(number, one);
  printTable(["broken app", "code", "log", "status", "explain", "validate", "page"], rows);
} finally {
  await subject.stop();
  await marathon.stop();
  await tasks.stop();
}
process.exit();

async function measure(number: number, one: Broken): Promise<void> {
  const app = brokenApp(number, one);
  rows.push([
    one.name,
    one.code,
    await inLog(app, one),
    await inAnswer("/_mlb_status", app, one),
    await byCommand(["explain", app.id, "--from", admin], one),
    one.tasks ? "not known" : await inFile(app, one),
    await inAnswer(`/_mlb/api/app?id=${app.id}`, app, one),
  ]);
}

function brokenApp(number: number, { labels, tasks, port }: Broken): ClusterApp {
  const made = makeApp(size + number, { tasks: 1, firstPort });
  const id = `/broken/app-${number}`;
  const [definition] = (made.container as { portMappings: { servicePort: number }[] }).portMappings;
  definition!.servicePort = port ?? firstPort + size + number;
  const { host, port: taskPort } = addressOf(size * 3 + number);
  const own = made.tasks.map((task) => ({ ...task, host, ports: [taskPort], appId: id, ...tasks }));
  return { ...made, id, labels: { HAPROXY_GROUP: "external", ...labels }, tasks: own };
}

/** From the event of the app to its line in the log. */
async function inLog(app: ClusterApp, { log }: Broken): Promise<string> {
  marathon.set(app);
  const from = subject.lb.lines.length;
  const began = performance.now();
  marathon.emit("status_update_event", app.id);
  await subject.lb.until(new RegExp(`${app.id}: .*${log.source}|${app.id} is .*${log.source}`), from);
  return ms(performance.now() - began);
}

async function inAnswer(path: string, { id }: ClusterApp, { name, code }: Broken): Promise<string> {
  const began = performance.now();
  // The line of the log comes before the end of the synchronisation, which the status and the page show.
  while (performance.now() - began < 30_000) {
    const text = await get(admin + path);
    if (text.includes(id) && text.includes(`"${code}"`)) return ms(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${path} does not say ${code}: ${name}`);
}

/** A file of the app alone, with the app that has the port where it is taken. */
async function inFile(app: ClusterApp, one: Broken): Promise<string> {
  const file = join(subject.directory, "app.json");
  await writeFile(file, JSON.stringify(one.port === undefined ? app : [apps[0], app]));
  return await byCommand(["validate", file, "--group", "external"], one);
}

/** From the start of a command to its end. */
async function byCommand(words: readonly string[], { name, code }: Broken): Promise<string> {
  const [program = "", ...before] = command;
  const began = performance.now();
  const child = spawn(program, [...before, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => text += piece);
  await new Promise((resolve) => child.on("close", resolve));
  const took = performance.now() - began;
  if (!text.includes(code)) throw new Error(`${words[0]} does not say ${code}: ${name}\n${text}`);
  return ms(took);
}
