import { deepEqual, equal } from "node:assert/strict";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { api } from "./api.ts";

const fast = { timings: { stagingMs: 0, healthyMs: 0, killGraceMs: 0, relaunchMs: 0 } };
const pod = {
  id: "/shop/pod",
  scaling: { kind: "fixed", instances: 2 },
  networks: [{ mode: "host" }],
  containers: [
    { name: "web", endpoints: [{ name: "http", hostPort: 0 }], healthCheck: { http: { endpoint: "http" } } },
    { name: "log", endpoints: [{ name: "admin", hostPort: 0 }] },
  ],
};

Deno.test("a pod is listed with its instances, and is no app", async () => {
  await using marathon = await SimulatedMarathon.start(fast);
  const kinds: string[] = [];
  marathon.onEvents((events) => kinds.push(...events.map(({ eventType }) => eventType)));
  equal((await api("POST", `${marathon.url}/v2/pods`, pod)).status, 201);
  await marathon.settled();
  deepEqual((await api("GET", `${marathon.url}/v2/apps`)).body.apps, []);
  equal((await api("GET", `${marathon.url}/v2/apps/shop/pod`)).status, 404);
  const [status] = (await api("GET", `${marathon.url}/v2/pods/::status`)).body;
  deepEqual([status.id, status.spec.scaling.instances, status.instances.length], ["/shop/pod", 2, 2]);
  const [web, log] = status.instances[0].containers;
  deepEqual([web.status, web.conditions[0].value, log.conditions], ["TASK_RUNNING", "true", []]);
  const port = web.endpoints[0].allocatedHostPort;
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  equal(answer.headers.get("x-task-port-index"), "0");
  await answer.body?.cancel();
  deepEqual((await api("GET", `${marathon.url}/v2/pods/shop/pod::status`)).body, status);
  equal((await api("GET", `${marathon.url}/v2/pods/none::status`)).status, 404);

  const scaled = { ...pod, scaling: { kind: "fixed", instances: 1 } };
  await api("PUT", `${marathon.url}/v2/pods/shop/pod`, scaled);
  await marathon.settled();
  equal((await api("GET", `${marathon.url}/v2/pods`)).body[0].scaling.instances, 1);
  await api("DELETE", `${marathon.url}/v2/pods/shop/pod`);
  await marathon.settled();
  deepEqual((await api("GET", `${marathon.url}/v2/pods/::status`)).body, []);
  deepEqual(kinds.filter((kind) => kind.startsWith("pod_")), [
    "pod_created_event",
    "pod_updated_event",
    "pod_deleted_event",
  ]);
});
