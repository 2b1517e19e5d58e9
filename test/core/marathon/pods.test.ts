import assert from "node:assert/strict";
import { explainApp } from "../../../lib/core/explain/app.ts";
import { explanationText } from "../../../lib/core/explain/text.ts";
import { styleFor } from "../../../lib/core/style.ts";
import { verdicts } from "../../../lib/core/explain/verdict.ts";
import { readPod, readPods, withPods } from "../../../lib/core/marathon/pods.ts";
import { emptyCluster } from "../../../lib/core/marathon/cluster.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import type { ModelContext } from "../../../lib/core/model/context.ts";
import { backendName } from "../../../lib/core/model/service.ts";
import { servicesIn } from "../../../lib/core/render/configuration.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { findingsOf } from "../../../lib/core/validate/findings.ts";
import {
  compareWith,
  ownVerdicts,
  readFiledDefinitions,
  readOwnApps,
} from "../../../lib/core/validate/ownApps.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { modelContext } from "../model/support/modelContext.ts";
import { renderContext } from "../render/support/renderContext.ts";

type Members = Record<string, unknown>;

const endpoint = (name: string, more: Members = {}) => ({ name, hostPort: 0, protocol: ["tcp"], ...more });
const container = (name: string, endpoints: Members[], more: Members = {}) => ({ name, endpoints, ...more });
const http = (name: string) => ({
  http: { endpoint: name, path: "/ping", scheme: "HTTP" },
  intervalSeconds: 2,
});

/** A pod of two containers with an endpoint each. */
const specOf = (more: Members = {}) => ({
  id: "/pod",
  labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "pod.test", HAPROXY_1_PORT: "9001" },
  version: "2026-11-01T00:00:00.000Z",
  networks: [{ mode: "host" }],
  scaling: { kind: "fixed", instances: 1 },
  containers: [container("web", [endpoint("http")]), container("db", [endpoint("sql")])],
  ...more,
});

const running = (name: string, endpoints: Members[], more: Members = {}) => ({
  name,
  status: "TASK_RUNNING",
  containerId: `pod.instance-1.${name}`,
  endpoints,
  ...more,
});

const instanceOf = (more: Members = {}) => ({
  id: "pod.instance-1",
  status: "STABLE",
  agentHostname: "10.0.0.1",
  networks: [],
  containers: [
    running("web", [{ name: "http", allocatedHostPort: 31_001 }]),
    running("db", [{ name: "sql", allocatedHostPort: 31_002 }]),
  ],
  ...more,
});

const statusOf = (spec: Members = specOf(), instances: Members[] = [instanceOf()]) => ({
  id: spec.id,
  spec,
  status: "STABLE",
  instances,
});

const servers = (value: unknown, members: Partial<ModelContext> = {}) => {
  const { services, problems } = buildServices(
    [readPod(value)],
    modelContext({ groups: ["external"], ...members }),
  );
  return {
    services: services.map((service) => [
      backendName(service),
      service.frontend !== false,
      service.mode,
      service.backends.map(({ ip, port }) => `${ip}:${port}`),
    ]),
    problems: problems.map(({ code, index }) => [code, index]),
  };
};

Deno.test("pods: each endpoint is a service, with the host port of its own container", () => {
  assert.deepEqual(servers(statusOf()), {
    services: [
      ["pod_0", false, "http", ["10.0.0.1:31001"]],
      ["pod_9001", true, "tcp", ["10.0.0.1:31002"]],
    ],
    problems: [],
  });
});

const networks: { name: string; mode: string; endpoint: Members; allocated?: number; server: string[] }[] = [
  {
    name: "bridge",
    mode: "container/bridge",
    endpoint: { containerPort: 80 },
    allocated: 31_001,
    server: ["10.0.0.1:31001"],
  },
  { name: "own address", mode: "container", endpoint: { containerPort: 80 }, server: ["172.16.0.9:80"] },
  {
    name: "own address, container port 0",
    mode: "container",
    endpoint: { containerPort: 0 },
    allocated: 31_001,
    server: ["172.16.0.9:31001"],
  },
  { name: "bridge without host port", mode: "container/bridge", endpoint: { containerPort: 80 }, server: [] },
];
for (const { name, mode, endpoint: more, allocated, server } of networks) {
  Deno.test(`pods: where an endpoint is reached: ${name}`, () => {
    const spec = specOf({ networks: [{ mode }], containers: [container("web", [endpoint("http", more)])] });
    const found = { name: "http", ...allocated === undefined ? {} : { allocatedHostPort: allocated } };
    const instance = instanceOf({
      networks: [{ name: "dcos", addresses: ["172.16.0.9"] }],
      containers: [running("web", [found])],
    });
    assert.deepEqual(servers(statusOf(spec, [instance])).services.flatMap(([, , , list]) => list), server);
  });
}

const states: { name: string; instance: Members; web: boolean; db: boolean }[] = [
  { name: "running", instance: {}, web: true, db: true },
  { name: "an instance that ends", instance: { status: "TERMINAL" }, web: false, db: false },
  {
    name: "pending, without containers",
    instance: { status: "PENDING", containers: [] },
    web: false,
    db: false,
  },
  {
    name: "one container still staging",
    instance: {
      containers: [
        running("web", [{ name: "http", allocatedHostPort: 31_001 }], { status: "TASK_STAGING" }),
        running("db", [{ name: "sql", allocatedHostPort: 31_002 }]),
      ],
    },
    web: false,
    db: true,
  },
];
for (const { name, instance, web, db } of states) {
  Deno.test(`pods: which containers take traffic: ${name}`, () => {
    const { services } = servers(statusOf(specOf(), [instanceOf(instance)]));
    assert.deepEqual(services.map(([backend]) => backend), [
      ...web ? ["pod_0"] : [],
      ...db ? ["pod_9001"] : [],
    ]);
  });
}

const condition = (value: string, reason = "health-reported-by-mesos") => ({
  conditions: [{ name: "healthy", value, reason }],
});
const health: { name: string; container: Members; served: boolean }[] = [
  { name: "healthy", container: condition("true"), served: true },
  { name: "unhealthy", container: condition("false"), served: false },
  { name: "not reported", container: condition("false", "health-unreported-by-mesos"), served: false },
  { name: "said of the endpoint alone", container: {}, served: true },
];
for (const { name, container: more, served } of health) {
  Deno.test(`pods: --health-check looks at each container, and takes one without a check: ${name}`, () => {
    const spec = specOf({
      containers: [
        container("web", [endpoint("http")], { healthCheck: http("http") }),
        container("db", [endpoint("sql")]),
      ],
    });
    const web = running("web", [{ name: "http", allocatedHostPort: 31_001, healthy: served }], more);
    const db = running("db", [{ name: "sql", allocatedHostPort: 31_002 }]);
    const status = statusOf(spec, [instanceOf({ containers: [web, db] })]);
    const { services } = servers(status, { healthCheck: true });
    assert.deepEqual(services.map(([backend]) => backend), [...served ? ["pod_0"] : [], "pod_9001"]);
    const [check] = readPod(status).healthChecks;
    assert.deepEqual([check!.protocol, check!.portIndex, check!.path, check!.intervalSeconds], [
      "MESOS_HTTP",
      0,
      "/ping",
      2,
    ]);
  });
}

Deno.test("pods: an endpoint with labels needs a vhost or a port, one for UDP alone is left out", () => {
  const spec = specOf({
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_BALANCE: "leastconn", HAPROXY_1_PORT: "9001" },
    containers: [
      container("web", [endpoint("http")]),
      container("db", [endpoint("sql", { protocol: ["udp"] })]),
    ],
  });
  assert.deepEqual(servers(statusOf(spec)), {
    services: [],
    problems: [["endpoint-without-port", 0], ["udp-port", 1]],
  });
});

/** The verdict on the pod, and what `explain` prints. */
function explained(spec: Members) {
  const pods = readPods([statusOf(spec)], new Map());
  const cluster = withPods(emptyCluster, pods);
  const model = modelContext({ groups: ["external"], quietNotes: true });
  const { services, problems } = buildServices([...cluster.apps.values()], model);
  const configuration = renderConfiguration(services, renderContext());
  const world = {
    cluster,
    services: servicesIn(configuration),
    configuration,
    problems,
    model,
    render: renderContext(),
  };
  const [verdict] = verdicts(world);
  const explanation = explainApp(world, "/pod");
  assert.ok(verdict && !("nearest" in explanation));
  return { verdict, text: explanationText(explanation, styleFor(false)), configuration: configuration.text };
}

Deno.test("pods: explain shows endpoints with and without a port", () => {
  const { verdict, text, configuration } = explained(specOf());
  assert.equal(verdict.standing, "served");
  assert.deepEqual(verdict.services.map(({ port, backend }) => [port, backend]), [[undefined, "pod_0"], [
    9001,
    "pod_9001",
  ]]);
  assert.match(text, /no port/);
  assert.doesNotMatch(configuration, /^frontend pod_0|bind \S*:0\b/m);
  assert.match(configuration, /use_backend pod_0 if host_pod_test_pod/);
});

Deno.test("pods: an endpoint without a label is no fault, and has its note", () => {
  const { verdict } = explained(
    specOf({ labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "pod.test" } }),
  );
  assert.equal(verdict.standing, "served");
  assert.deepEqual(verdict.reasons.map(({ code, index }) => [code, index]), [["endpoint-not-exposed", 1]]);
  assert.match(
    verdict.reasons[0]!.message,
    /\/pod: service 1: the endpoint "sql" of the pod has neither HAPROXY_1_VHOST nor/,
  );
  assert.match(verdict.reasons[0]!.hint, /HAPROXY_1_VHOST/);
});

Deno.test("pods: an endpoint with labels but no port has a verdict", () => {
  const { verdict } = explained(specOf({ labels: { HAPROXY_GROUP: "external", HAPROXY_0_MODE: "http" } }));
  assert.equal(verdict.standing, "not-served");
  assert.deepEqual(verdict.reasons.filter(({ index }) => index === 0).map(({ code }) => code), [
    "endpoint-without-port",
  ]);
});

Deno.test("pods: what does not fit is a problem of its pod alone; what says the same stays the same object", () => {
  const first = readPods([statusOf(), {
    ...statusOf(specOf({ id: "/odd", labels: { HAPROXY_0_VHOST: 3 } })),
  }], new Map());
  assert.deepEqual([...first.apps.keys()], ["/pod"]);
  assert.equal(first.problems.get("/odd")!.code, "app-unreadable");
  const again = readPods([statusOf()], first.apps);
  assert.equal(again.apps.get("/pod"), first.apps.get("/pod"));
  for (const odd of [{}, null, "no", { apps: [] }]) {
    assert.throws(
      () => readPods(odd, new Map()),
      /^TypeError: Marathon's answer is .*; expected a list of pods$/,
    );
  }
  const huge = instanceOf({ containers: [running("web", [{ name: "http", allocatedHostPort: 99_999 }])] });
  assert.match(readPods([statusOf(specOf(), [huge])], new Map()).problems.get("/pod")!.message, /port 99999/);
});

Deno.test("pods: validate reads them with --pods, as if they ran", () => {
  const spec = specOf({
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "pod.test", HAPROXY_1_MODE: "tcp" },
  });
  const text = JSON.stringify([spec, marathonApp({ id: "/web" })], undefined, 2);
  const without = readFiledDefinitions("pod.json", text);
  assert.ok("definitions" in without);
  assert.deepEqual([...readOwnApps(without.definitions).apps.keys()], ["/web"]);
  const reading = readFiledDefinitions("pod.json", text, true);
  assert.ok("definitions" in reading);
  const own = readOwnApps(reading.definitions);
  const { after } = compareWith(emptyCluster, own);
  const model = modelContext({ groups: ["external"] });
  const { services, problems } = buildServices([...after.apps.values()], model);
  const configuration = renderConfiguration(services, renderContext());
  const world = {
    cluster: after,
    services: servicesIn(configuration),
    configuration,
    problems,
    model,
    render: renderContext(),
  };
  const verdict = ownVerdicts(world, own, true).find(({ app }) => app === "/pod")!;
  const findings = findingsOf(own.first.get("/pod")!, verdict);
  assert.deepEqual(findings.map(({ code, severity, index }) => [code, severity, index]), [
    ["endpoint-without-port", "error", 1],
  ]);
  assert.ok(findings[0]!.line! > 1);
});
