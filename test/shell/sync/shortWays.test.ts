import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Service } from "../../../lib/core/model/service.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { ServicesBench } from "./support/ServicesBench.ts";

const a = serviceOf({ appId: "/a" });
const b = serviceOf({ appId: "/b", port: 10_002 });

/** The same service with tasks at these ports. */
function at(service: Service, ...ports: number[]): Service {
  const backends = ports.map((port) => ({ host: "h", ip: "10.0.0.1", port, draining: false }));
  return { ...service, backends };
}

function test(name: string, run: (bench: ServicesBench) => Promise<void>): void {
  Deno.test(`Synchroniser: ${name}`, () =>
    withDirectory(async (directory) => {
      const bench = new ServicesBench(directory);
      await run(bench);
      await bench.settle();
    }));
}

/** A change of the tasks of one service, as the generator tells of it. */
function move(bench: ServicesBench, before: Service, after: Service): void {
  const from = bench.services;
  bench.services = from.map((service) => service === before ? after : service);
  bench.moved = { from, moves: new Map([[before, after]]) };
}

test("a change of tasks is rendered and commanded alone: no check, no load, and the files follow", async (bench) => {
  await bench.begin(a, b);
  move(bench, a, at(a, 31_000, 31_001));
  const { outcome } = await bench.synchronise();
  assert.equal(outcome, "applied");
  assert.deepEqual(bench.takeSteps(), ["move /a", "command add a_10001/s31001"]);
  await bench.settle();
  assert.deepEqual(bench.store.calls.splice(0), ["commit", "publish"]);
  assert.deepEqual(bench.takeLines(), [
    "info marathon_lb: Applied in 0.000 s without a reload (1 apps, 2 services), triggered by a test: " +
    "backend a_10001 (+1 -0 servers) changed",
  ]);
  const { services, durations } = bench.told.synchronised.at(-1)!;
  assert.deepEqual([services.map(({ backends }) => backends.length), durations.validate], [[2, 1], 0]);

  // The next one starts from there.
  move(bench, bench.services[0]!, at(a, 31_001));
  await bench.synchronise();
  assert.deepEqual(bench.takeSteps(), ["move /a", "command remove a_10001/s31000"]);
});

test("a change of tasks among other changes is one by commands too, where tasks are all that differs", async (bench) => {
  await bench.begin(a, b);
  bench.services = [at(a, 31_000, 31_001), b];
  await bench.synchronise();
  assert.deepEqual(bench.takeSteps(), ["command add a_10001/s31001"]);
});

test("what commands cannot do says in the log why it is a reload", async (bench) => {
  await bench.begin(a);
  bench.services = [a, b];
  await bench.synchronise();
  assert.deepEqual(bench.told.fellBack, ["sections or rules came or went"]);
  assert.match(bench.takeLines().at(-1)!, / \(reloaded because sections or rules came or went\)$/);
});

test("tasks that HAProxy does not follow by commands are loaded, without a check", async (bench) => {
  await bench.begin(a, b);
  bench.update = () => ({ ok: false, commands: 1, reason: "it answered no" });
  move(bench, a, at(a, 31_001));
  assert.equal((await bench.synchronise()).outcome, "applied");
  assert.deepEqual(bench.takeSteps(), [
    "move /a",
    "command add a_10001/s31001,remove a_10001/s31000",
    "load /a: nothing, /b: nothing",
  ]);
  assert.deepEqual(bench.told.fellBack, ["it answered no"]);
});

test("after a failure a change of tasks does not start from what was never applied", async (bench) => {
  await bench.begin(a, b);
  bench.services = [a, b, serviceOf({ appId: "/c", port: 10_003 })];
  bench.reload = () => Promise.resolve({ ok: false, reason: "not now" });
  await assert.rejects(bench.synchronise(), /not now/);
  bench.reload = () => Promise.resolve({ ok: true });
  bench.takeSteps();
  move(bench, a, at(a, 31_001));
  await bench.synchronise();
  assert.deepEqual(bench.takeSteps(), ["load /a: nothing, /b: nothing, /c: nothing"]);
  assert.match(await readFile(bench.store.configFile, "utf8"), /\n {2}\/c says .*\n {2}server s31001 /s);
});

test("a synchronisation that changes nothing neither reads nor writes the files", async (bench) => {
  await bench.begin(a, b);
  const before = await stat(bench.store.configFile, { bigint: true });
  const entries = await readdir(dirname(bench.store.configFile));
  for (const moved of [undefined, { from: bench.services, moves: new Map() }]) {
    bench.moved = moved;
    assert.equal((await bench.synchronise()).outcome, "nothing");
  }
  bench.services = [...bench.services];
  bench.moved = undefined;
  assert.equal((await bench.synchronise()).outcome, "nothing", "services that were looked at again");
  assert.deepEqual([bench.takeSteps(), bench.store.calls], [[], []]);
  const after = await stat(bench.store.configFile, { bigint: true });
  assert.deepEqual([after.ino, after.mtimeNs], [before.ino, before.mtimeNs]);
  assert.deepEqual(await readdir(dirname(bench.store.configFile)), entries);
});

test("files that an earlier process left are read once", async (bench) => {
  await bench.begin(a);
  const next = new ServicesBench(dirname(bench.store.configFile));
  next.services = [a];
  await next.synchronise();
  assert.deepEqual(next.store.calls.splice(0), ["read", "commit"]);
  await next.synchronise();
  assert.deepEqual([next.takeSteps(), next.store.calls], [[], []]);
});

test("services that cannot be rendered are not reported as served, by the short way either", async (bench) => {
  await bench.begin(a, serviceOf({ appId: "/b", port: 10_002, labels: { BALANCE: "broken" } }));
  const { problems } = await bench.synchronise();
  assert.deepEqual(problems.map(({ app }) => app), ["/b"]);
  for (const { services } of bench.told.synchronised) assert.deepEqual(services, [a]);
  assert.equal(bench.told.synchronised.length, 2);
});

test("an app that HAProxy refuses keeps no other from the short way, and is reported each time", async (bench) => {
  const bad = serviceOf({ appId: "/b", port: 10_002, labels: { BALANCE: "bad" } });
  bench.refuse = (line) => line.includes("says bad") ? "no such thing" : undefined;
  await bench.begin(a, bad);
  move(bench, a, at(a, 31_000, 31_001));
  const { outcome, problems } = await bench.synchronise();
  assert.equal(outcome, "applied");
  assert.deepEqual(bench.takeSteps(), ["move /a", "command add a_10001/s31001"]);
  assert.deepEqual(problems.map(({ app, severity }) => `${app} ${severity}`), ["/b excluded"]);
  assert.deepEqual(bench.told.synchronised.at(-1)!.services.map(({ appId }) => appId), ["/a"]);

  // Its own tasks are nowhere: what is proposed is looked at as a whole, and nothing comes of it.
  move(bench, bad, at(bad, 31_005));
  assert.equal((await bench.synchronise()).outcome, "nothing");
  assert.deepEqual(bench.takeSteps(), []);
});
