import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { api } from "./api.ts";

const fast = { timings: { stagingMs: 0, healthyMs: 0, killGraceMs: 0, relaunchMs: 0 } };
/** Long enough for a deployment to be under way for the whole test. */
const slow = { timings: { stagingMs: 3_600_000 } };

Deno.test("an app that was POSTed is answered, listed and deployed", async () => {
  await using marathon = await SimulatedMarathon.start(fast);
  const created = await api("POST", `${marathon.url}/v2/apps`, {
    id: "group/web",
    instances: 2,
    labels: { A: "b" },
  });
  equal(created.status, 201);
  equal(created.body.id, "/group/web");
  equal(created.body.portDefinitions[0].port, 10_000);
  equal(created.body.deployments[0].id, created.headers.get("marathon-deployment-id"));
  await marathon.settled();

  const { body } = await api("GET", `${marathon.url}/v2/apps`);
  equal(body.apps.length, 1);
  const [app] = body.apps;
  deepEqual([app.tasksStaged, app.tasksRunning, app.tasksHealthy, app.tasksUnhealthy], [0, 2, 0, 0]);
  deepEqual(app.deployments, []);
  deepEqual(app.labels, { A: "b" });
  equal(app.version, app.versionInfo.lastConfigChangeAt);
});

Deno.test("tasks are embedded where asked for", async () => {
  await using marathon = await SimulatedMarathon.start(fast);
  await marathon.createApp({ id: "/web", healthChecks: [{ protocol: "HTTP", path: "/ok" }] });
  await marathon.settled();
  const appsWith = async (query: string) =>
    (await api("GET", `${marathon.url}/v2/apps${query}`)).body.apps[0];

  equal((await appsWith("")).tasks, undefined);
  equal((await appsWith("?embed=apps.counts")).tasks, undefined);
  const [task] = (await appsWith("?embed=apps.counts&embed=apps.tasks")).tasks;
  match(task.id, /^web\.[0-9a-f-]{36}$/);
  equal(task.state, "TASK_RUNNING");
  equal(task.appId, "/web");
  equal(task.host, "127.0.0.1");
  equal(task.ports.length, 1);
  deepEqual(task.servicePorts, [10_000]);
  deepEqual(task.ipAddresses, [{ ipAddress: "127.0.0.1", protocol: "IPv4" }]);
  equal(task.healthCheckResults[0].alive, true);
  ok(task.stagedAt <= task.startedAt);

  deepEqual((await api("GET", `${marathon.url}/v2/apps//web?embed=app.tasks`)).body.app.tasks, [task]);
  deepEqual((await api("GET", `${marathon.url}/v2/apps/web/tasks`)).body.tasks, [task]);
  deepEqual((await api("GET", `${marathon.url}/v2/tasks`)).body.tasks, [task]);
});

Deno.test("PUT changes the given members alone, and creates what is not there", async () => {
  await using marathon = await SimulatedMarathon.start(fast);
  const url = `${marathon.url}/v2/apps/web`;
  const created = await api("PUT", url, { instances: 0, labels: { A: "1" } });
  equal(created.status, 201);
  equal(created.body.id, "/web");
  await marathon.settled();
  const changed = await api("PUT", url, { env: { B: "2" } });
  equal(changed.status, 200);
  deepEqual(Object.keys(changed.body), ["version", "deploymentId"]);
  const { app } = (await api("GET", url)).body;
  deepEqual([app.labels, app.env, app.version], [{ A: "1" }, { B: "2" }, changed.body.version]);
});

Deno.test("PUT /v2/apps changes several apps in one deployment", async () => {
  await using marathon = await SimulatedMarathon.start(slow);
  const { body } = await api("PUT", `${marathon.url}/v2/apps`, [{ id: "/a" }, { id: "/b" }]);
  ok(body.deploymentId);
  const deployments = (await api("GET", `${marathon.url}/v2/deployments`)).body;
  deepEqual(deployments.map((deployment: { affectedApps: unknown }) => deployment.affectedApps), [[
    "/a",
    "/b",
  ]]);
  const apps = (await api("GET", `${marathon.url}/v2/apps`)).body.apps;
  deepEqual(apps.map((app: { portDefinitions: { port: number }[] }) => app.portDefinitions[0]?.port), [
    10_000,
    10_001,
  ]);
});

Deno.test("a deleted app is gone when its tasks are", async () => {
  await using marathon = await SimulatedMarathon.start(fast);
  await marathon.createApp({ id: "/web" });
  await marathon.settled();
  equal((await api("DELETE", `${marathon.url}/v2/apps/web`)).status, 200);
  await marathon.settled();
  deepEqual((await api("GET", `${marathon.url}/v2/apps`)).body, { apps: [] });
  const gone = await api("GET", `${marathon.url}/v2/apps/web`);
  deepEqual([gone.status, gone.body], [404, { message: "App '/web' does not exist" }]);
});

const refusals: {
  name: string;
  method: string;
  path: string;
  body?: unknown;
  status: number;
  message: RegExp;
}[] = [
  {
    name: "an id that exists",
    method: "POST",
    path: "/v2/apps",
    body: { id: "web" },
    status: 409,
    message: /already exists/,
  },
  {
    name: "an app that is locked",
    method: "PUT",
    path: "/v2/apps/web",
    body: {},
    status: 409,
    message: /force=true/,
  },
  {
    name: "deletion of a locked app",
    method: "DELETE",
    path: "/v2/apps/web",
    status: 409,
    message: /locked/,
  },
  {
    name: "restart of no app",
    method: "POST",
    path: "/v2/apps/no/restart",
    status: 404,
    message: /'\/no' does not exist/,
  },
  { name: "deletion of no app", method: "DELETE", path: "/v2/apps/no", status: 404, message: /'\/no'/ },
  { name: "tasks of no app", method: "GET", path: "/v2/apps/no/tasks", status: 404, message: /'\/no'/ },
  { name: "no task", method: "DELETE", path: "/v2/apps/web/tasks/x", status: 404, message: /Task 'x'/ },
  {
    name: "no deployment",
    method: "DELETE",
    path: "/v2/deployments/x",
    status: 404,
    message: /x does not exist/,
  },
  {
    name: "nonsense",
    method: "POST",
    path: "/v2/apps",
    body: { id: "/a", instances: "many" },
    status: 422,
    message: /not valid/,
  },
  { name: "no list of apps", method: "PUT", path: "/v2/apps", body: {}, status: 422, message: /list/ },
  { name: "no path", method: "GET", path: "/v2/nothing", status: 404, message: /nothing at/ },
  { name: "no method", method: "PATCH", path: "/v2/apps", body: {}, status: 405, message: /PATCH/ },
  { name: "a broken path", method: "GET", path: "/v2/apps/%ff", status: 400, message: /path/ },
];
Deno.test("what Marathon refuses has a message", async (test) => {
  await using marathon = await SimulatedMarathon.start(slow);
  await marathon.createApp({ id: "/web" });
  for (const { name, method, path, body, status, message } of refusals) {
    await test.step(name, async () => {
      const answer = await api(method, marathon.url + path, body);
      equal(answer.status, status);
      match(answer.body.message, message);
    });
  }
  await test.step("what is no JSON", async () => {
    const response = await fetch(`${marathon.url}/v2/apps`, { method: "POST", body: "{" });
    equal(response.status, 400);
    equal((await response.json()).message, "Invalid JSON");
  });
});

Deno.test("a used up range of service ports is refused, and leaves nothing behind", async () => {
  await using marathon = await SimulatedMarathon.start({
    ...fast,
    servicePorts: { min: 10_000, max: 10_000 },
  });
  await marathon.createApp({ id: "/a" });
  await rejects(marathon.createApp({ id: "/b" }), /All ports in the range/);
  equal((await api("GET", `${marathon.url}/v2/apps`)).body.apps.length, 1);
});

Deno.test("fixed apps are served verbatim, in front of the others, with tasks where asked for", async () => {
  await using marathon = await SimulatedMarathon.start(fast);
  await marathon.createApp({ id: "/real", instances: 0 });
  const tasks = [{ id: "t", host: "10.1.2.3", ports: [31_000], odd: null }];
  marathon.setApps([{ id: "/fixed", labels: { X: "1" }, tasks }, null, 5]);

  const list = async (query: string) => (await api("GET", `${marathon.url}/v2/apps${query}`)).body.apps;
  const withTasks = await list("?embed=apps.tasks");
  deepEqual(withTasks.slice(0, 3), [{ id: "/fixed", labels: { X: "1" }, tasks }, null, 5]);
  equal(withTasks[3].id, "/real");
  deepEqual((await list(""))[0], { id: "/fixed", labels: { X: "1" } });
  deepEqual((await api("GET", `${marathon.url}/v2/apps/fixed`)).body.app.tasks, tasks);
  deepEqual((await api("GET", `${marathon.url}/v2/tasks`)).body.tasks, [{ appId: "/fixed", ...tasks[0] }]);
});

Deno.test("the class refuses as the API does", async () => {
  await using marathon = await SimulatedMarathon.start(slow);
  await marathon.createApp({ id: "/web" });
  await rejects(marathon.createApp({ id: "/web" }), /refuses with 409.*already exists/);
  await rejects(marathon.scale("/web", 2), /refuses with 409.*locked/);
  await rejects(marathon.scale("/no", 2), /no app \/no/);
  await rejects(marathon.killTask("no"), /no task no/);
});
