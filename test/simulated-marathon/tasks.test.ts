import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { api, taskUrl } from "./api.ts";
import { untilEvent } from "./untilEvent.ts";

const fast = { stagingMs: 0, healthyMs: 0, killGraceMs: 0, relaunchMs: 0 };

Deno.test("a task answers with its id, as text and as JSON", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await marathon.createApp({ id: "/web" });
  await marathon.settled();
  const [task] = marathon.tasks("/web");
  const url = taskUrl(task);

  const text = await fetch(`${url}/any/path`);
  equal(await text.text(), `/web task ${task?.id} version ${task?.version} request 1\n`);
  equal(text.headers.get("x-app-id"), "/web");
  equal(text.headers.get("x-task-id"), task?.id);
  equal(text.headers.get("x-task-version"), task?.version);
  equal(text.headers.get("x-request-count"), "1");

  const headers = { Accept: "application/json", "X-Forwarded-For": "10.0.0.1" };
  const json = await (await fetch(`${url}/x?status=503`, { headers, method: "POST", body: "sent" })).json();
  deepEqual([json.appId, json.taskId, json.requestCount, json.portIndex], ["/web", task?.id, 2, 0]);
  deepEqual([json.request.method, json.request.url], ["POST", "/x?status=503"]);
  equal(json.request.headers["x-forwarded-for"], "10.0.0.1");
});

Deno.test("a broken version: SIM_STATUS and SIM_HEALTH in the env of its app", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await marathon.createApp({
    id: "/broken",
    env: { SIM_STATUS: "500" },
    healthChecks: [{ path: "/health" }],
  });
  await marathon.createApp({ id: "/ill", env: { SIM_HEALTH: "false" }, healthChecks: [{ path: "/health" }] });
  const statuses = async (id: string) => {
    const [task] = marathon.tasks(id);
    return await Promise.all(
      ["/", "/health"].map(async (path) => (await api("GET", taskUrl(task) + path)).status),
    );
  };
  await eventually(async () => deepEqual(await statuses("/broken"), [500, 200]));
  await eventually(async () => deepEqual(await statuses("/ill"), [200, 503]));
});

Deno.test("a task has a server for every port, in order", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await marathon.createApp({ id: "/web", portDefinitions: [{ port: 0 }, { port: 0 }] });
  await marathon.settled();
  const [task] = marathon.tasks("/web");
  deepEqual(task?.servicePorts, [10_000, 10_001]);
  for (const index of [0, 1]) {
    const { headers } = await api("GET", taskUrl(task, index));
    equal(headers.get("x-task-port-index"), String(index));
    equal(headers.get("x-request-count"), String(index + 1));
  }
});

Deno.test("bridge mode: the host port is a free one, the service port from the range", async () => {
  await using marathon = await SimulatedMarathon.start({
    timings: fast,
    servicePorts: { min: 15_000, max: 15_010 },
  });
  const container = { portMappings: [{ containerPort: 80 }, { containerPort: 81, servicePort: 9000 }] };
  await marathon.createApp({ id: "/web", networks: [{ mode: "container/bridge" }], container });
  await marathon.settled();
  const [task] = marathon.tasks("/web");
  deepEqual(task?.servicePorts, [15_000, 9000]);
  equal((await api("GET", taskUrl(task, 1))).headers.get("x-task-port-index"), "1");
});

Deno.test(
  "container mode: a task has an address of its own",
  { ignore: Deno.build.os !== "linux" },
  async () => {
    await using marathon = await SimulatedMarathon.start({ timings: fast });
    const container = { portMappings: [{ containerPort: 18_080 }] };
    await marathon.createApp({
      id: "/web",
      instances: 2,
      networks: [{ mode: "container", name: "dcos" }],
      container,
    });
    await marathon.settled();
    const tasks = (await api("GET", `${marathon.url}/v2/apps?embed=apps.tasks`)).body.apps[0].tasks;
    const [first, second] = tasks.map((task: { ipAddresses: { ipAddress: string }[] }) =>
      task.ipAddresses[0]?.ipAddress
    );
    notEqual(first, second);
    deepEqual(tasks[0].ports, []);
    equal((await api("GET", `http://${first}:18080`)).headers.get("x-task-id"), tasks[0].id);
  },
);

Deno.test("tasks are spread over the agents", async () => {
  await using marathon = await SimulatedMarathon.start({
    timings: fast,
    taskHosts: ["127.0.0.1", "localhost"],
  });
  await marathon.createApp({ id: "/web", instances: 4 });
  await marathon.settled();
  deepEqual(marathon.tasks().map((task) => task.host), ["127.0.0.1", "localhost", "127.0.0.1", "localhost"]);
  const agents = new Set(marathon.tasks().map((task) => task.slaveId));
  equal(agents.size, 2);
});

Deno.test("a task goes through its states in the time of the timings", async () => {
  const clock = new FakeClock();
  const timings = { stagingMs: 1000, healthyMs: 2000, killGraceMs: 4000 };
  await using marathon = await SimulatedMarathon.start({ clock, timings });
  const state = () => marathon.tasks("/web").map((task) => task.state);
  const staged = untilEvent(marathon, { taskStatus: "TASK_STAGING" });
  await marathon.createApp({ id: "/web", healthChecks: [{}] });
  await staged;
  const [task] = marathon.tasks("/web");
  await rejects(fetch(taskUrl(task)));

  await clock.advance(999);
  deepEqual(state(), ["TASK_STAGING"]);
  await clock.advance(1);
  deepEqual(state(), ["TASK_RUNNING"]);
  equal((await api("GET", taskUrl(task))).status, 200);
  equal("healthCheckResults" in marathon.tasks()[0]!, false);
  await clock.advance(2000);
  ok("healthCheckResults" in marathon.tasks()[0]!);
  await marathon.settled();

  await marathon.scale("/web", 0);
  await clock.advance(3999);
  deepEqual(state(), ["TASK_KILLING"]);
  equal((await api("GET", taskUrl(task))).headers.get("connection"), "close");
  const killed = untilEvent(marathon, { taskStatus: "TASK_KILLED" });
  await clock.advance(1);
  await killed;
  await rejects(fetch(taskUrl(task)));
  await marathon.settled();
});

Deno.test("a killed task ends the requests in flight and refuses new ones", async () => {
  const clock = new FakeClock();
  const timings = { stagingMs: 0, killGraceMs: 100 };
  await using marathon = await SimulatedMarathon.start({ clock, timings });
  const staged = untilEvent(marathon, { taskStatus: "TASK_STAGING" });
  await marathon.createApp({ id: "/web" });
  await staged;
  await clock.advance(0);
  const [task] = marathon.tasks("/web");
  const sleeping = clock.sleeping;
  const inFlight = fetch(`${taskUrl(task)}/?delayMs=5000`).then((response) => response.text());
  while (clock.sleeping === sleeping) await api("GET", `${taskUrl(task)}/`);

  const killed = untilEvent(marathon, { taskStatus: "TASK_KILLED" });
  await marathon.scale("/web", 0);
  await clock.advance(100);
  await rejects(fetch(taskUrl(task)));
  deepEqual(marathon.tasks("/web").map((one) => one.state), ["TASK_KILLING"]);
  await clock.advance(4900);
  match(await inFlight, /^\/web task/);
  await killed;
});

Deno.test("a task that is killed is replaced", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await marathon.createApp({ id: "/web", instances: 2 });
  await marathon.settled();
  const [first, second] = marathon.tasks("/web");
  const answer = await api("DELETE", `${marathon.url}/v2/apps/web/tasks/${first?.id}`);
  equal(answer.body.task.id, first?.id);
  await marathon.settled();
  const left = marathon.tasks("/web").map((task) => task.id);
  equal(left.length, 2);
  ok(left.includes(second?.id) && !left.includes(first?.id));
});

Deno.test("scale=true takes the killed task off the instances", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await marathon.createApp({ id: "/web", instances: 3 });
  await marathon.settled();
  const [first, second, third] = marathon.tasks("/web").map((task) => task.id);
  await api("DELETE", `${marathon.url}/v2/apps/web/tasks/${first}?scale=true`);
  await marathon.settled();
  deepEqual(marathon.tasks("/web").map((task) => task.id), [second, third]);
  await api("POST", `${marathon.url}/v2/tasks/delete?scale=true`, { ids: [second] });
  await marathon.settled();
  deepEqual(marathon.tasks("/web").map((task) => task.id), [third]);
  equal((await api("GET", `${marathon.url}/v2/apps/web`)).body.app.instances, 1);
});

Deno.test("a crash resets connections, is TASK_FAILED, and is made up for", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await marathon.createApp({ id: "/web" });
  await marathon.settled();
  const [task] = marathon.tasks("/web");
  const failed = untilEvent(marathon, { eventType: "status_update_event", taskStatus: "TASK_FAILED" });
  const inFlight = rejects(fetch(`${taskUrl(task)}/?delayMs=60000`));
  while ((await api("GET", taskUrl(task))).headers.get("x-request-count") === "1");
  equal((await api("POST", `${marathon.url}/_sim/tasks/${task?.id}/crash`)).status, 204);
  await Promise.all([failed, inFlight]);
  await rejects(fetch(taskUrl(task)));
  await marathon.settled();
  equal(marathon.tasks("/web").length, 1);
  notEqual(marathon.tasks("/web")[0]?.id, task?.id);
});

Deno.test("a task turned unhealthy says so on its health paths, in the results, and in events", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await marathon.createApp({ id: "/web", healthChecks: [{ protocol: "HTTP", path: "/ready" }] });
  await marathon.settled();
  const [task] = marathon.tasks("/web");
  const statuses = () =>
    Promise.all(
      ["/ready", "/health", "/"].map(async (path) => (await api("GET", taskUrl(task) + path)).status),
    );
  const alive = async () =>
    (await api("GET", `${marathon.url}/v2/tasks`)).body.tasks[0].healthCheckResults[0].alive;
  deepEqual([await statuses(), await alive()], [[200, 200, 200], true]);

  const changed = untilEvent(marathon, {
    eventType: "health_status_changed_event",
    taskId: task?.id,
    alive: false,
  });
  equal((await api("POST", `${marathon.url}/_sim/tasks/${task?.id}/health`, { alive: false })).status, 204);
  await changed;
  deepEqual([await statuses(), await alive()], [[503, 503, 200], false]);

  const healed = untilEvent(marathon, { eventType: "instance_health_changed_event", healthy: true });
  marathon.setHealth(String(task?.id), true);
  await healed;
  deepEqual([await statuses(), await alive()], [[200, 200, 200], true]);
});

Deno.test("a task whose port is taken fails, and is retried until it is free", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => blocker.once("listening", resolve));
  const { port } = blocker.address() as AddressInfo;
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  const failed = untilEvent(marathon, { taskStatus: "TASK_FAILED" });
  await marathon.createApp({ id: "/web", requirePorts: true, portDefinitions: [{ port }] });
  match(String((await failed).message), /could not take its ports/);
  await new Promise((resolve) => blocker.close(resolve));
  await marathon.settled();
  deepEqual(marathon.tasks("/web")[0]?.ports, [port]);
});
