import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { eventually } from "../../../tools/harness/eventually.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import type { JsonObject } from "../../../tools/simulated-marathon/JsonObject.ts";
import type { Bench } from "../support/Bench.ts";
import { feature } from "../support/feature.ts";
import { request } from "../support/request.ts";
import { webApp } from "../support/webApp.ts";

interface PodOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly instances?: number;
  readonly mode?: string;
  readonly healthCheck?: JsonObject;
}

/** A pod of two containers: the endpoints are `http`, and `admin` of a sidecar. */
function podOf(
  id: string,
  { labels, instances = 2, mode = "host", healthCheck }: PodOptions = {},
) {
  const endpoint = (name: string, containerPort: number) => ({
    name,
    ...mode === "host" ? { hostPort: 0 } : { containerPort },
    protocol: ["tcp"],
  });
  return {
    id,
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: `${id.slice(1)}.test`, ...labels },
    scaling: { kind: "fixed", instances },
    networks: [{ mode }],
    containers: [
      { name: "web", endpoints: [endpoint("http", 8080)], ...healthCheck ? { healthCheck } : {} },
      { name: "sidecar", endpoints: [endpoint("admin", 8081)] },
    ],
  };
}

/** Which container answers how many of so many requests, by instance and index of the endpoint; a status where none does. */
async function hits(url: string, vhost: string, count: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let asked = 0; asked < count; asked++) {
    const { status, headers } = await request(url, { headers: { host: vhost } });
    const id = headers["x-task-id"];
    const name = id === undefined ? String(status) : `${id} ${headers["x-task-port-index"]}`;
    found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

const each = (ids: readonly string[], index: number, count: number) =>
  Object.fromEntries(ids.map((id) => [`${id} ${index}`, count]));

async function serve(bench: Bench, pods: readonly JsonObject[], flags: readonly string[] = ["--pods"]) {
  const marathon = await bench.startMarathon({ timings: { stagingMs: 0, healthyMs: 0, killGraceMs: 0 } });
  await marathon.createApp(await webApp("/app", { labels: { HAPROXY_0_VHOST: "app.test" } }));
  for (const pod of pods) await marathon.createPod(pod);
  await marathon.settled();
  const ids = (id: string) =>
    marathon.tasks(id).filter(({ state }) => state === "TASK_RUNNING").map((task) => String(task.id)).sort();
  return { marathon, ids, lb: await bench.serve({ flags }) };
}

feature("--pods: endpoints with a vhost or a port are served, in each network mode", async (bench) => {
  const port = await freePort();
  const { ids } = await serve(bench, [
    podOf("/pod", { labels: { HAPROXY_1_PORT: String(port) } }),
    podOf("/bridge", { mode: "container/bridge" }),
    podOf("/own", { mode: "container" }),
  ]);
  for (const id of ["/pod", "/bridge", "/own"]) {
    assert.deepEqual(await hits(bench.http, `${id.slice(1)}.test`, 20), each(ids(id), 0, 10));
  }
  assert.deepEqual(await hits(`http://127.0.0.1:${port}`, "any.test", 20), each(ids("/pod"), 1, 10));
  assert.deepEqual(await hits(bench.http, "app.test", 10), each(ids("/app"), 0, 10));
  const config = await bench.readConfig();
  assert.match(config, /^backend pod_0$/m);
  assert.doesNotMatch(config, /^frontend (?:pod_0|own_1)|^backend own_1$/m);
});

feature(
  "--pods: events of instances and definitions are followed, without other questions",
  async (bench) => {
    const { marathon, ids, lb } = await serve(bench, [podOf("/pod")]);
    const [, first] = ids("/pod");
    marathon.requests.clear();
    await marathon.killTask(first!);
    await marathon.settled();
    await eventually(async () =>
      assert.deepEqual(await hits(bench.http, "pod.test", 10), each(ids("/pod"), 0, 5))
    );
    assert.equal(marathon.requests.count("/v2/apps"), 0, "an event of a pod asks for this pod");
    assert.equal(marathon.requests.count("/v2/pods/::status"), 0);
    assert.ok(marathon.requests.count("/v2/pods/pod::status") > 0);

    await marathon.updatePod(podOf("/pod", { instances: 3 }));
    await marathon.settled();
    await eventually(async () =>
      assert.deepEqual(await hits(bench.http, "pod.test", 30), each(ids("/pod"), 0, 10))
    );

    // A new definition replaces all instances.
    await marathon.updatePod(podOf("/pod", { instances: 1, labels: { HAPROXY_0_VHOST: "moved.test" } }));
    await marathon.settled();
    await eventually(async () =>
      assert.deepEqual(await hits(bench.http, "moved.test", 5), each(ids("/pod"), 0, 5))
    );
    assert.deepEqual(await hits(bench.http, "pod.test", 1), { "503": 1 });

    await marathon.createPod(podOf("/late", { instances: 1 }));
    await marathon.settled();
    await eventually(async () =>
      assert.deepEqual(await hits(bench.http, "late.test", 5), each(ids("/late"), 0, 5))
    );
    await marathon.deletePod("/late");
    await marathon.settled();
    await eventually(async () => assert.deepEqual(await hits(bench.http, "late.test", 1), { "503": 1 }));
    assert.equal(lb.count(/without an event/), 0);
  },
);

feature(
  "--pods: a Marathon that fails for pods takes none away; one without pods serves its apps",
  async (bench) => {
    const { marathon, ids, lb } = await serve(bench, [podOf("/pod", { instances: 1 })]);
    for (const fault of [{ status: 503 }, { status: 404 }, { malformed: true }]) {
      const id = marathon.faults.add({ path: "/v2/pods/*", ...fault });
      const before = marathon.requests.count("/v2/pods/::status");
      lb.signal("SIGHUP");
      await marathon.requests.until("/v2/pods/::status", before + 1);
      assert.deepEqual(await hits(bench.http, "pod.test", 10), each(ids("/pod"), 0, 10));
      marathon.faults.remove(id);
    }
    await lb.until(
      /Marathon answers 404 for its pods, which were there before; the last ones stay in service/,
    );
  },
);

feature("--pods: a Marathon before 1.4 has none, and its apps are served", async (bench) => {
  const marathon = await bench.startMarathon();
  marathon.faults.add({ path: "/v2/pods/*", status: 404 });
  await marathon.createApp(await webApp("/app", { labels: { HAPROXY_0_VHOST: "app.test" } }));
  await marathon.settled();
  await bench.serve({ flags: ["--pods"] });
  assert.deepEqual(await hits(bench.http, "app.test", 5), { [`${marathon.tasks("/app")[0]!.id} 0`]: 5 });
});

feature("pods are not served, and not asked for, without --pods", async (bench) => {
  const { marathon, ids } = await serve(bench, [podOf("/pod")], []);
  assert.deepEqual(await hits(bench.http, "pod.test", 3), { "503": 3 });
  assert.deepEqual(await hits(bench.http, "app.test", 3), each(ids("/app"), 0, 3));
  const asked = marathon.requests.all.map(({ url }) => url);
  assert.deepEqual(asked.filter((url) => url.includes("pod")), []);
});

feature(
  "--pods: with --health-check an unhealthy container gets nothing, its neighbour does",
  async (bench) => {
    const port = await freePort();
    const { marathon, ids } = await serve(
      bench,
      [
        podOf("/pod", {
          labels: { HAPROXY_1_PORT: String(port) },
          healthCheck: { http: { endpoint: "http", path: "/health" } },
        }),
      ],
      ["--pods", "--health-check"],
    );
    const [sick, well] = ids("/pod");
    assert.deepEqual(await hits(bench.http, "pod.test", 10), each(ids("/pod"), 0, 5));
    marathon.setHealth(sick!, false);
    await eventually(async () =>
      assert.deepEqual(await hits(bench.http, "pod.test", 10), each([well!], 0, 10))
    );
    assert.deepEqual(await hits(`http://127.0.0.1:${port}`, "any.test", 10), each(ids("/pod"), 1, 5));
  },
);

feature(
  "--pods: --dry, explain and validate know them, with a verdict where an endpoint has no port",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createPod(podOf("/pod"));
    await marathon.createPod(podOf("/mute", { labels: { HAPROXY_0_VHOST: "", HAPROXY_0_MODE: "http" } }));
    await marathon.settled();
    const flags = [...bench.flags, "--pods"];
    const dry = await bench.run([...flags, "--dry"]);
    assert.match(dry.output, /^backend pod_0$/m);
    assert.match(
      dry.lines.join("\n"),
      /\/mute: service 0: the endpoint "http" of the pod has neither HAPROXY_0_VHOST nor/,
    );
    const served = await bench.run(["explain", "/pod", ...flags]);
    assert.equal(served.code, 0, served.output);
    assert.match(served.output, /pod\.test/);
    const mute = await bench.run(["explain", "/mute", ...flags]);
    assert.match(mute.output, /endpoint-without-port: /);

    const file = bench.path("pod.json");
    await writeFile(file, JSON.stringify(podOf("/new", { labels: { HAPROXY_0_VHOST: "pod.test" } })));
    const validated = await bench.run(["validate", file, ...flags]);
    assert.equal(validated.code, 3, validated.output);
    assert.match(validated.output, /pod\.test.*taken by \/pod/);
  },
);
