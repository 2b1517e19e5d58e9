import assert from "node:assert/strict";
import { eventually } from "../../../tools/harness/eventually.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import type { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import { ask } from "../support/assertAnswers.ts";
import type { Bench } from "../support/Bench.ts";
import { feature } from "../support/feature.ts";

const never = 3_600_000;

/** An app of two tasks with a readiness check, served by marathon-lb; its readiness checks wait from now on. */
async function serve(bench: Bench, flags: readonly string[] = []) {
  const marathon = await bench.startMarathon({ timings: { stagingMs: 0, readyMs: 0, killGraceMs: 0 } });
  const app = async (id: string) => ({
    id,
    instances: 2,
    portDefinitions: [{ port: await freePort() }],
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: `${id.slice(1)}.test` },
  });
  await marathon.createApp({
    ...await app("/web"),
    readinessChecks: [{ name: "warm", portName: "default" }],
  });
  await marathon.createApp(await app("/plain"));
  await marathon.settled();
  const lb = await bench.serve({ flags });
  marathon.setTimings({ readyMs: never });
  return { marathon, lb };
}

/** How many of so many requests each task answers. */
async function hits(bench: Bench, count: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let asked = 0; asked < count; asked++) {
    const { status, headers } = await ask(bench.http, "web.test");
    const name = String(headers["x-task-id"] ?? status);
    found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

function running(marathon: SimulatedMarathon): string[] {
  return marathon.tasks("/web").filter(({ state }) => state === "TASK_RUNNING").map(({ id }) => String(id));
}

async function untilRunning(marathon: SimulatedMarathon, count: number): Promise<string[]> {
  return await eventually(() => {
    const tasks = running(marathon);
    assert.equal(tasks.length, count);
    return Promise.resolve(tasks);
  });
}

function readinessRequests(marathon: SimulatedMarathon): number {
  return marathon.requests.all.filter(({ url }) => url.includes("readiness")).length;
}

const half = (tasks: readonly string[], each: number) => Object.fromEntries(tasks.map((id) => [id, each]));

feature(
  "readiness: the new tasks of a deployment take traffic when their check has passed",
  async (bench) => {
    const { marathon, lb } = await serve(bench);
    const old = running(marathon);
    assert.deepEqual(await hits(bench, 10), half(old, 5));
    // Nothing is asked where nothing deploys, or what deploys has no readiness check.
    await marathon.updateApp("/plain", { env: { RELEASE: "2" } });
    await eventually(async () => {
      const [task] = marathon.tasks("/plain").filter(({ state }) => state === "TASK_RUNNING");
      assert.match(await bench.readConfig(), new RegExp(`:${(task!.ports as number[])[0]} `));
      assert.equal(marathon.tasks("/plain").length, 2);
    });
    assert.equal(readinessRequests(marathon), 0);

    await marathon.updateApp("/web", { env: { RELEASE: "2" } });
    const four = await untilRunning(marathon, 4);
    const fresh = four.filter((id) => !old.includes(id));
    const before = readinessRequests(marathon);
    // The first is answered when all of them run, and taken over when the second is sent.
    await eventually(() => {
      assert.ok(readinessRequests(marathon) >= before + 2);
      return Promise.resolve();
    });
    assert.deepEqual(await hits(bench, 20), half(old, 10));

    // One is ready: Marathon ends an old one for it.
    marathon.setReady(fresh[0]!);
    const [kept] = await eventually(() => {
      const left = running(marathon).filter((id) => old.includes(id));
      assert.equal(left.length, 1);
      return Promise.resolve(left);
    });
    await eventually(async () => assert.deepEqual(await hits(bench, 10), half([kept!, fresh[0]!], 5)));
    assert.deepEqual(await hits(bench, 20), half([kept!, fresh[0]!], 10));

    marathon.setReady(fresh[1]!);
    await marathon.settled();
    await eventually(async () => assert.deepEqual(await hits(bench, 10), half(fresh, 5)));
    // The deployment is over, and so are the questions.
    await lb.until(/triggered by .*deployment_success/);
    marathon.requests.clear();
    marathon.setTimings({ readyMs: 0 });
    await marathon.killTask(fresh[0]!);
    await marathon.settled();
    await eventually(async () => assert.deepEqual(await hits(bench, 10), half(running(marathon), 5)));
    assert.equal(readinessRequests(marathon), 0);
  },
);

feature(
  "readiness: a new app has no server before its first check has passed, and a verdict",
  async (bench) => {
    const { marathon, lb } = await serve(bench);
    await marathon.createApp({
      id: "/new",
      portDefinitions: [{ port: await freePort() }],
      labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "new.test" },
      readinessChecks: [{ name: "warm", portName: "default" }],
    });
    await lb.until(
      /DEBUG .*\/new: service 0: no task is ready, such as new\..*: its readiness check has not passed yet/,
    );
    assert.equal((await ask(bench.http, "new.test")).status, 503);
    const [task] = marathon.tasks("/new");
    marathon.setReady(String(task!.id));
    await eventually(async () => {
      assert.equal((await ask(bench.http, "new.test")).headers["x-task-id"], task!.id);
    });
  },
);

feature(
  "--ignore-readiness-checks: new tasks take traffic at once, and readiness is not asked for",
  async (bench) => {
    const { marathon } = await serve(bench, ["--ignore-readiness-checks"]);
    await marathon.updateApp("/web", { env: { RELEASE: "2" } });
    const four = await untilRunning(marathon, 4);
    await eventually(async () => assert.deepEqual(await hits(bench, 20), half(four, 5)));
    assert.equal(readinessRequests(marathon), 0);
  },
);
