import assert from "node:assert/strict";
import { readApp } from "../../../lib/core/marathon/readApp.ts";

Deno.test("readApp: an id is enough", () => {
  assert.deepEqual(readApp({ id: "/web" }), {
    id: "/web",
    instances: 0,
    labels: {},
    networkingMode: "host",
    portMappings: [],
    portDefinitions: undefined,
    ports: [],
    discoveryPorts: [],
    healthChecks: [],
    lastScalingAt: undefined,
    tasks: [],
  });
});

Deno.test("readApp: null members count as absent", () => {
  const nulls = {
    instances: null,
    labels: null,
    networks: null,
    container: null,
    ipAddress: null,
    portDefinitions: null,
    ports: null,
    healthChecks: null,
    versionInfo: null,
    tasks: null,
  };
  assert.deepEqual(readApp({ id: "/web", ...nulls }), readApp({ id: "/web" }));
});

Deno.test("readApp: null labels are absent, and no label reaches Object.prototype", () => {
  const { labels } = readApp(JSON.parse('{"id": "/web", "labels": {"A": null, "B": "", "__proto__": "c"}}'));
  assert.deepEqual(Object.entries(labels), [["B", ""], ["__proto__", "c"]]);
  assert.equal(labels.toString, undefined);
});

const portMappings = [
  ["the container's", { portMappings: [{ containerPort: 80, servicePort: 10001 }] }, [[10001, 80]]],
  ["Docker's before the container's", {
    docker: { portMappings: [{ containerPort: 81 }] },
    portMappings: [{ containerPort: 80, servicePort: 10001 }],
  }, [[undefined, 81]]],
  ["the container's where Docker's are empty", {
    docker: { portMappings: [] },
    portMappings: [{ servicePort: 10001 }],
  }, [[10001, undefined]]],
  ["none", { docker: { portMappings: null } }, []],
] as const;
for (const [what, container, expected] of portMappings) {
  Deno.test(`readApp: port mappings, ${what}`, () => {
    const mappings = readApp({ id: "/web", container }).portMappings;
    assert.deepEqual(
      mappings.map(({ servicePort, containerPort }) => [servicePort, containerPort]),
      expected,
    );
  });
}

Deno.test("readApp: empty port definitions are not absent ones; entries without a port are dropped", () => {
  const portDefinitions = (value: unknown) => readApp({ id: "/web", portDefinitions: value }).portDefinitions;
  assert.deepEqual(portDefinitions([]), []);
  assert.deepEqual(portDefinitions([{ port: 1 }, { name: "x" }, null, { port: "2" }]), [1, 2]);
  assert.equal(portDefinitions("1"), undefined);
});

Deno.test("readApp: health checks with what Marathon fills in; what has no protocol is none", () => {
  const check = {
    protocol: "HTTP",
    path: "/ping",
    portIndex: 1,
    timeoutSeconds: 5,
    maxConsecutiveFailures: 0,
  };
  const app = readApp({ id: "/web", healthChecks: [check, { path: "/" }, null, { protocol: "TCP" }] });
  assert.deepEqual(app.healthChecks, [
    { ...check, port: undefined, intervalSeconds: 60, gracePeriodSeconds: 300 },
    {
      protocol: "TCP",
      port: undefined,
      portIndex: undefined,
      path: "/",
      timeoutSeconds: 20,
      intervalSeconds: 60,
      gracePeriodSeconds: 300,
      maxConsecutiveFailures: 3,
    },
  ]);
});

Deno.test("readApp: tasks; one without an id is none, an empty host is none", () => {
  const { tasks } = readApp({
    id: "/web",
    tasks: [
      {
        id: "a",
        host: "agent",
        state: "TASK_RUNNING",
        ports: [31000, "31001", null, 1.5],
        ipAddresses: [{ ipAddress: "192.168.0.1" }, { ipAddress: "192.168.0.2" }],
        healthCheckResults: [{ alive: false }, null, { alive: true }],
      },
      { id: "b", host: "", ipAddresses: [], healthCheckResults: [] },
      { host: "agent" },
    ],
  });
  assert.deepEqual(tasks, [
    {
      id: "a",
      host: "agent",
      state: "TASK_RUNNING",
      ports: [31000, 31001],
      ipAddress: "192.168.0.1",
      alive: true,
      draining: false,
    },
    {
      id: "b",
      host: undefined,
      state: undefined,
      ports: [],
      ipAddress: undefined,
      alive: false,
      draining: false,
    },
  ]);
});
