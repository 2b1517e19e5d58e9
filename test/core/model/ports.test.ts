import assert from "node:assert/strict";
import { ServicePortAssigner, servicePorts } from "../../../lib/core/model/ports.ts";
import { appOf } from "./support/appOf.ts";
import { marathonTask } from "./support/marathonTask.ts";

// The expected ports were computed with Python's hashlib from the rule in the user documentation:
// minimum + first 8 hex digits of sha1("{app id}-{task port}-{attempt}") mod size of the range.

Deno.test("ServicePortAssigner: the port comes from the hash of app id and task port", () => {
  const assigner = new ServicePortAssigner(10000, 10100);
  assert.equal(assigner.assign("/auto", 8080), 10082);
  assert.equal(assigner.assign("/auto", 8081), 10032);
});

Deno.test("ServicePortAssigner: the same task port of an app keeps its port", () => {
  const assigner = new ServicePortAssigner(10000, 10100);
  assert.deepEqual([1, 2].map(() => assigner.assign("/auto", 8080)), [10082, 10082]);
});

Deno.test("ServicePortAssigner: a taken port means the next attempt, a full range no port", () => {
  const assigner = new ServicePortAssigner(20000, 20003);
  const ports = [81, 82, 83, 84, 85].map((taskPort) => assigner.assign("/c", taskPort));
  assert.deepEqual(ports, [20001, 20000, 20002, 20003, undefined]);
  assert.equal(assigner.assign("/c", 82), 20000, "who has a port keeps it");
});

Deno.test("ServicePortAssigner: after 50 clashes the lowest free port", () => {
  const assigner = new ServicePortAssigner(30000, 30199);
  const ports = Array.from({ length: 200 }, (_, index) => assigner.assign("/fill", index + 1));
  assert.equal(ports[196], 30041);
  assert.deepEqual(
    ports.toSorted((a, b) => a! - b!),
    Array.from({ length: 200 }, (_, index) => 30000 + index),
  );
});

const container = { networks: [{ mode: "container" }] };
const bridge = { networks: [{ mode: "container/bridge" }] };
const mappings = (...portMappings: unknown[]) => ({ container: { portMappings } });

const table: [what: string, members: Record<string, unknown>, ports: number[]][] = [
  ["host: its port definitions", { portDefinitions: [{ port: 10001 }, { port: 10002 }] }, [10001, 10002]],
  ["host: definitions without a port are dropped", { portDefinitions: [{ name: "a" }, { port: 10002 }] }, [
    10002,
  ]],
  ["host: without definitions its ports", { portDefinitions: null, ports: [10003] }, [10003]],
  ["host: empty definitions hide its ports", { portDefinitions: [], ports: [10003] }, []],
  ["host: port mappings do not count", { ...mappings({ servicePort: 1 }), portDefinitions: [{ port: 2 }] }, [
    2,
  ]],
  ["bridge: the mappings", {
    ...bridge,
    ...mappings({ servicePort: 10004 }, { servicePort: 10005 }),
    portDefinitions: [{ port: 2 }],
  }, [10004, 10005]],
  ["bridge: mappings without a service port are dropped", {
    ...bridge,
    ...mappings({ containerPort: 80 }, { servicePort: 10005 }),
  }, [10005]],
  ["bridge: no mapping has one", {
    ...bridge,
    ...mappings({ containerPort: 80 }),
    portDefinitions: [{ port: 10006 }],
  }, [10006]],
  ["container: the mappings", { ...container, ...mappings({ servicePort: 10007 }) }, [10007]],
  ["container: without mappings its definitions", { ...container, portDefinitions: [{ port: 10008 }] }, [
    10008,
  ]],
  ["container: without definitions its ports", { ...container, portDefinitions: null, ports: [10009] }, [
    10009,
  ]],
  ["another mode: mappings do not count", {
    networks: [{ mode: "overlay" }],
    ...mappings({ servicePort: 1 }),
    portDefinitions: [{ port: 2 }],
  }, [2]],
];
for (const [what, members, ports] of table) {
  Deno.test(`servicePorts: ${what}`, () => {
    const assigner = new ServicePortAssigner(10000, 10100);
    assert.deepEqual(servicePorts(appOf(members), assigner), ports);
  });
}

const auto = {
  id: "/auto",
  portDefinitions: [],
  ipAddress: { discovery: { ports: [{ number: 8080 }, { number: 8081 }] } },
};
const assigned: [what: string, members: Record<string, unknown>, ports: (number | undefined)[]][] = [
  ["one for each task port", {}, [10082, 10032]],
  ["one for each container port", { ipAddress: null, ...container, ...mappings({ containerPort: 8081 }) }, [
    10032,
  ]],
  ["none without tasks", { tasks: [] }, []],
  ["none in bridge mode", bridge, []],
  ["none in host mode", { ipAddress: null }, []],
  ["none for an app that has ports", { portDefinitions: [{ port: 1 }] }, [1]],
];
for (const [what, members, ports] of assigned) {
  Deno.test(`servicePorts: assignment, ${what}`, () => {
    const app = appOf({ ...auto, tasks: [marathonTask({ ports: [] })], ...members });
    assert.deepEqual(servicePorts(app, new ServicePortAssigner(10000, 10100)), ports);
  });
}

Deno.test("servicePorts: assignment, none when it is off", () => {
  assert.deepEqual(servicePorts(appOf(auto), undefined), []);
});

Deno.test("servicePorts: assignment, an index without a port keeps its place", () => {
  assert.deepEqual(servicePorts(appOf(auto), new ServicePortAssigner(10000, 10000)), [10000, undefined]);
});
