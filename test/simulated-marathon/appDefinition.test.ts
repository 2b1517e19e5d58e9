import { deepEqual, equal, throws } from "node:assert/strict";
import { assignServicePorts } from "../../tools/simulated-marathon/app/assignServicePorts.ts";
import { completeApp } from "../../tools/simulated-marathon/app/completeApp.ts";
import { isScaling } from "../../tools/simulated-marathon/app/isScaling.ts";
import { migrateNetworking } from "../../tools/simulated-marathon/app/migrateNetworking.ts";
import { validateApp } from "../../tools/simulated-marathon/app/validateApp.ts";
import type { JsonObject } from "../../tools/simulated-marathon/JsonObject.ts";

const range = { min: 10_000, max: 10_002 };
const assignments = [
  {
    name: "gives the lowest free ports",
    wanted: [0, 0],
    previous: [],
    taken: [10_000],
    ports: [10_001, 10_002],
  },
  { name: "keeps given ones", wanted: [80, 0], previous: [], taken: [], ports: [80, 10_000] },
  {
    name: "does not give what another index wants",
    wanted: [0, 10_000],
    previous: [],
    taken: [],
    ports: [10_001, 10_000],
  },
  {
    name: "gives an index what it had",
    wanted: [0, 0],
    previous: [10_002],
    taken: [],
    ports: [10_002, 10_000],
  },
  {
    name: "gives another where it is taken",
    wanted: [0],
    previous: [10_000],
    taken: [10_000],
    ports: [10_001],
  },
];
for (const { name, wanted, previous, taken, ports } of assignments) {
  Deno.test(`service ports: ${name}`, () => {
    deepEqual(assignServicePorts(wanted, previous, new Set(taken), range), ports);
  });
}

Deno.test("service ports: a range that is used up is an error that names it", () => {
  throws(() => assignServicePorts([0, 0, 0, 0], [], new Set(), range), /range \[10000-10002\]/);
});

const invalid: { name: string; app: JsonObject; path: string }[] = [
  { name: "no id", app: {}, path: "/id" },
  { name: "an id with capitals", app: { id: "/Web" }, path: "/id" },
  { name: "an id of slashes", app: { id: "//" }, path: "/id" },
  { name: "half an instance", app: { id: "/a", instances: 0.5 }, path: "/instances" },
  { name: "fewer than none", app: { id: "/a", instances: -1 }, path: "/instances" },
  { name: "a label that is no text", app: { id: "/a", labels: { port: 80 } }, path: "/labels" },
  { name: "an unknown network mode", app: { id: "/a", networks: [{ mode: "bridge" }] }, path: "/networks" },
  {
    name: "a port too high",
    app: { id: "/a", portDefinitions: [{ port: 65_536 }] },
    path: "/portDefinitions",
  },
  {
    name: "a strategy above one",
    app: { id: "/a", upgradeStrategy: { minimumHealthCapacity: 2 } },
    path: "/upgradeStrategy",
  },
  {
    name: "a port mapping of text",
    app: { id: "/a", container: { portMappings: [{ containerPort: "80" }] } },
    path: "/container/portMappings",
  },
];
for (const { name, app, path } of invalid) {
  Deno.test(`validation: ${name}`, () => {
    deepEqual(validateApp(app).map((violation) => violation.path), [path]);
  });
}

Deno.test("validation: an app with everything is fine", () => {
  const app = {
    id: "/a/b-1.c",
    instances: 0,
    labels: { HAPROXY_GROUP: "external" },
    env: { A: "b", S: { secret: "s" } },
    healthChecks: [{ protocol: "HTTP" }],
    networks: [{ mode: "container/bridge" }],
    container: { portMappings: [{ containerPort: 80, hostPort: 0, servicePort: 10_000 }] },
    requirePorts: false,
    upgradeStrategy: { minimumHealthCapacity: 0.5 },
  };
  deepEqual(validateApp(app), []);
});

Deno.test("completion: an app of nothing but an id gets Marathon's defaults and one port", () => {
  const app = completeApp({ id: "web" }, () => [10_004]);
  equal(app.id, "/web");
  equal(app.instances, 1);
  deepEqual(app.networks, [{ mode: "host" }]);
  deepEqual(app.portDefinitions, [{ protocol: "tcp", labels: {}, name: "default", port: 10_004 }]);
  deepEqual(app.upgradeStrategy, { minimumHealthCapacity: 1, maximumOverCapacity: 1 });
});

Deno.test("completion: bridge mode gets a host port, an address of its own needs none", () => {
  const mapped = (mode: string) => {
    const container = { portMappings: [{ containerPort: 80 }] };
    return completeApp({ id: "/a", networks: [{ mode }], container }, () => [10_000]).container?.portMappings
      ?.[0];
  };
  deepEqual(mapped("container/bridge"), {
    protocol: "tcp",
    labels: {},
    hostPort: 0,
    containerPort: 80,
    servicePort: 10_000,
  });
  deepEqual(mapped("container"), { protocol: "tcp", labels: {}, containerPort: 80, servicePort: 10_000 });
});

const migrations: { name: string; from: JsonObject; to: JsonObject }[] = [
  { name: "ports", from: { ports: [80, 0] }, to: { portDefinitions: [{ port: 80 }, { port: 0 }] } },
  {
    name: "docker bridge",
    from: { container: { docker: { image: "i", network: "BRIDGE", portMappings: [{ containerPort: 80 }] } } },
    to: {
      container: { portMappings: [{ containerPort: 80 }], docker: { image: "i" } },
      networks: [{ mode: "container/bridge" }],
    },
  },
  {
    name: "ipAddress",
    from: { ipAddress: { networkName: "dcos" } },
    to: { networks: [{ mode: "container", name: "dcos" }] },
  },
  { name: "nothing to do", from: { networks: [{ mode: "host" }] }, to: { networks: [{ mode: "host" }] } },
];
for (const { name, from, to } of migrations) {
  Deno.test(`networking of before Marathon 1.5: ${name}`, () => deepEqual(migrateNetworking(from), to));
}

Deno.test("scaling is a change of instances alone, whatever the order of members", () => {
  const app = completeApp({ id: "/a", env: { A: "1", B: "2" } }, () => [1]);
  equal(isScaling(app, { ...app, instances: 9, env: { B: "2", A: "1" } }), true);
  equal(isScaling(app, { ...app, env: { A: "1", B: "3" } }), false);
});
