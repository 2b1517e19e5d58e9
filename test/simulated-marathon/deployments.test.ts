import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { MarathonEvent } from "../../tools/simulated-marathon/events/MarathonEvent.ts";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { api } from "./api.ts";
import { untilEvent } from "./untilEvent.ts";

const fast = { stagingMs: 0, healthyMs: 0, killGraceMs: 0, relaunchMs: 0 };

Deno.test("scaling keeps the tasks there are, up and down", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await marathon.createApp({ id: "/web" });
  await marathon.settled();
  const [first] = marathon.tasks("/web");
  await marathon.scale("/web", 5);
  await marathon.settled();
  equal(marathon.tasks("/web").length, 5);
  await marathon.scale("/web", 1);
  await marathon.settled();
  deepEqual(marathon.tasks("/web"), [first]);
});

for (const how of ["a changed definition", "restart"]) {
  Deno.test(`${how} replaces all tasks, and never has fewer ready ones than instances`, async () => {
    await using marathon = await SimulatedMarathon.start({ timings: fast });
    await marathon.createApp({ id: "/web", instances: 3, healthChecks: [{ protocol: "HTTP" }] });
    await marathon.settled();
    const before = marathon.tasks("/web").map((task) => task.id);
    const ready: number[] = [];
    marathon.onEvents(() => {
      ready.push(
        marathon.tasks("/web").filter((task) => task.state === "TASK_RUNNING" && task.healthCheckResults)
          .length,
      );
    });
    const { version } = how === "restart"
      ? await marathon.restart("/web")
      : await marathon.updateApp("/web", { env: { RELEASE: "2" } });
    await marathon.settled();
    const after = marathon.tasks("/web");
    equal(after.length, 3);
    ok(after.every((task) => task.version === version && !before.includes(task.id)));
    equal(Math.min(...ready), 3);
  });
}

Deno.test("a deployment reports its course by events, in order", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  const seen: MarathonEvent[] = [];
  marathon.onEvents((events) => seen.push(...events));
  await marathon.createApp({ id: "/web" });
  await marathon.settled();
  await marathon.deleteApp("/web");
  await marathon.settled();
  deepEqual(seen.map((event) => `${event.eventType} ${event.taskStatus ?? event.condition ?? ""}`.trim()), [
    "api_post_event",
    "deployment_info",
    "status_update_event TASK_STAGING",
    "instance_changed_event Staging",
    "status_update_event TASK_RUNNING",
    "instance_changed_event Running",
    "deployment_step_success",
    "group_change_success",
    "deployment_success",
    "api_post_event",
    "deployment_info",
    "status_update_event TASK_KILLING",
    "instance_changed_event Killing",
    "status_update_event TASK_KILLED",
    "instance_changed_event Killed",
    "app_terminated_event",
    "deployment_step_success",
    "group_change_success",
    "deployment_success",
  ]);
  ok(seen.every((event) => !Number.isNaN(Date.parse(event.timestamp))));
  const update = seen.find((event) => event.taskStatus === "TASK_RUNNING");
  deepEqual([update?.appId, update?.host], ["/web", "127.0.0.1"]);
  match(String(update?.taskId), /^web\./);
});

Deno.test("deployments are listed while they last", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: { stagingMs: 3_600_000 } });
  const { deploymentId, version } = await marathon.createApp({ id: "/web" });
  const { body } = await api("GET", `${marathon.url}/v2/deployments`);
  deepEqual(body, [{
    id: deploymentId,
    version,
    affectedApps: ["/web"],
    affectedPods: [],
    steps: [{ actions: [{ action: "StartApplication", app: "/web" }] }],
    currentActions: [{ action: "StartApplication", app: "/web", readinessCheckResults: [] }],
    currentStep: 1,
    totalSteps: 1,
  }]);
});

Deno.test("force overrides the lock of a deployment, which then has failed", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: { ...fast, stagingMs: 3_600_000 } });
  const { deploymentId } = await marathon.createApp({ id: "/web", instances: 2 });
  const failed = untilEvent(marathon, { eventType: "deployment_failed", id: deploymentId });
  equal((await api("PUT", `${marathon.url}/v2/apps/web?force=true`, { instances: 0 })).status, 200);
  await failed;
  await marathon.settled();
  deepEqual(marathon.tasks("/web"), []);
});

Deno.test("a deployment that is cancelled is taken back", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: fast });
  await marathon.createApp({ id: "/web", labels: { RELEASE: "1" } });
  await marathon.settled();
  marathon.setTimings({ stagingMs: 3_600_000 });
  const { deploymentId } = await marathon.updateApp("/web", { labels: { RELEASE: "2" } });
  await untilEvent(marathon, { taskStatus: "TASK_STAGING" });
  marathon.setTimings({ stagingMs: 0 });
  equal((await api("DELETE", `${marathon.url}/v2/deployments/${deploymentId}`)).status, 200);
  await marathon.settled();
  deepEqual((await api("GET", `${marathon.url}/v2/apps/web`)).body.app.labels, { RELEASE: "1" });
  equal(marathon.tasks("/web").length, 1);
});

Deno.test("readiness: a deployment waits for it, and lists results of the tasks that it started", async () => {
  await using marathon = await SimulatedMarathon.start({ timings: { ...fast, readyMs: 0 } });
  await marathon.createApp({ id: "/web", readinessChecks: [{ name: "warm" }] });
  await marathon.settled();
  const [old] = marathon.tasks("/web");
  const shown = async (embed = "&embed=app.readiness") =>
    (await (await fetch(`${marathon.url}/v2/apps/web?embed=app.tasks${embed}`)).json()).app;
  deepEqual((await shown()).readinessCheckResults, []);
  marathon.setTimings({ readyMs: 3_600_000 });
  const started = untilEvent(marathon, { eventType: "status_update_event", taskStatus: "TASK_RUNNING" });
  await marathon.updateApp("/web", { env: { RELEASE: "2" } });
  await started;
  const [, next] = marathon.tasks("/web");
  deepEqual((await shown()).readinessCheckResults, [{ name: "warm", taskId: next!.id, ready: false }]);
  equal((await shown("")).readinessCheckResults, undefined);
  deepEqual(marathon.tasks("/web").map(({ id }) => id), [old!.id, next!.id]);
  marathon.setReady(String(next!.id));
  await marathon.settled();
  deepEqual(marathon.tasks("/web").map(({ id }) => id), [next!.id]);
  deepEqual((await shown()).readinessCheckResults, []);
});
