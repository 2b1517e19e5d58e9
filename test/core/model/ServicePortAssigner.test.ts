import assert from "node:assert/strict";
import { ServicePortAssigner } from "../../../lib/core/model/ServicePortAssigner.ts";

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
