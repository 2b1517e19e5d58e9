import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import type { Service } from "../../../lib/core/model/service.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { ServicesBench } from "./support/ServicesBench.ts";

let port = 10_000;

/** A service whose line in the configuration says something. */
function serviceThatSays(appId: string, word: string, index = 0): Service {
  return serviceOf({ appId, index, port: port++, labels: { BALANCE: word } });
}

const [a, b, good] = [
  serviceThatSays("/a", "x"),
  serviceThatSays("/b", "x"),
  serviceThatSays("/good", "x"),
] as const;
const slow = serviceThatSays("/slow", "endless");
const withTask = (service: Service): Service => ({
  ...service,
  backends: [{ host: "h", ip: "10.0.0.9", port: 31_009, draining: false }],
});
const isEndless = (text: string) => text.includes("endless");
/** HAProxy stops at the first bad line. */
const stopsAtFirst = (line: string, text: string) =>
  line.endsWith(" says bad") && text.startsWith(line, text.search(/^.* says bad$/m))
    ? "no such thing"
    : undefined;
const apps = (problems: readonly { app: string }[]) => [...new Set(problems.map(({ app }) => app))];

function test(name: string, run: (bench: ServicesBench) => Promise<void>): void {
  Deno.test(`set aside: ${name}`, () =>
    withDirectory(async (directory) => {
      const bench = new ServicesBench(directory);
      try {
        await run(bench);
      } finally {
        await bench.settle();
      }
    }));
}

/** What follows synchronisations until all is judged. */
async function finish(bench: ServicesBench) {
  let result = await bench.synchronise();
  while (result.unfinished) {
    await bench.judge();
    result = await bench.synchronise();
  }
  return result;
}

for (const count of [300, 2_000]) {
  test(`an app with ${count} services that HAProxy refuses one at a time: others wait for two checks`, async (bench) => {
    await bench.begin(a, b);
    bench.refuse = stopsAtFirst;
    const bad = Array.from({ length: count }, (_, index) => serviceThatSays("/bad", "bad", index));
    bench.services = [withTask(a), b, ...bad, good];
    const first = await bench.synchronise();
    assert.equal(first.outcome, "applied");
    assert.equal(await bench.onDisk(), "/a: x, /b: x, /good: x");
    assert.equal(bench.hastes.splice(0).length, 1 + 2, "checks, the first one of all included");
    assert.deepEqual([apps(first.problems), first.problems.length], [["/bad"], count]);

    // None of these waits for a verdict, or makes others wait.
    bench.takeSteps();
    bench.services = [a, withTask(b), ...bad, good];
    assert.equal((await bench.synchronise()).outcome, "applied");
    assert.deepEqual(bench.takeSteps().filter((step) => step.startsWith("check")), []);

    const last = await finish(bench);
    assert.ok(bench.hastes.length <= 20, `${bench.hastes.length} checks`);
    assert.deepEqual(last.problems.map(({ severity }) => severity), bad.map(() => "excluded"));
    bench.takeSteps();
    assert.deepEqual([(await bench.synchronise()).unfinished, bench.takeSteps()], [false, []]);
  });
}

test("four bad apps, named one at a time: three checks, then others are served first, and all good ones", async (bench) => {
  await bench.begin(a);
  bench.refuse = stopsAtFirst;
  const bad = [1, 2, 3, 4].map((rank) => serviceThatSays(`/bad-${rank}`, "bad"));
  bench.services = [withTask(a), ...bad, good];
  bench.hastes.length = 0;
  assert.equal((await bench.synchronise()).outcome, "applied");
  assert.deepEqual(bench.hastes.splice(0), ["short", "short", "short"]);
  const { problems } = await finish(bench);
  assert.equal(await bench.onDisk(), "/a: x, /good: x");
  assert.deepEqual(apps(problems), bad.map(({ appId }) => appId));
});

test("a check that does not end: what is served follows its tasks, the culprit is found beside it", async (bench) => {
  await bench.begin(a, b);
  bench.endless = isEndless;
  bench.services = [withTask(a), b, good, slow];
  const first = await bench.synchronise();
  assert.equal(first.outcome, "applied");
  assert.deepEqual(bench.takeSteps(), [
    "check /good: x, /slow: endless",
    "check ",
    `command add a_${a.port}/s31009,remove a_${a.port}/s31000`,
  ]);
  const { problems } = await finish(bench);
  assert.equal(await bench.onDisk(), "/a: x, /b: x, /good: x");
  assert.match(problems[0]!.message, /^\/slow: .* HAProxy refuses it: haproxy -c did not end; nothing is/);
  assert.equal(problems.length, 1);
});

test("a check that does not end is not waited for by other changes, and ended when its service changes", async (bench) => {
  await bench.begin(a, b);
  bench.endless = isEndless;
  bench.services = [a, b, slow];
  await bench.synchronise();
  bench.lasts = isEndless;
  const judged = bench.judge();
  await eventually(() => bench.clock.sleeping === 1);
  bench.services = [a, b, slow, good];
  assert.equal((await bench.synchronise()).outcome, "applied");
  assert.equal(await bench.onDisk(), "/a: x, /b: x, /good: x");
  assert.equal(bench.clock.sleeping, 1, "the check of the one that was set aside goes on");

  bench.takeSteps();
  bench.services = [a, b, serviceThatSays("/slow", "x"), good];
  const { problems } = await bench.synchronise();
  assert.deepEqual(apps(problems), ["/slow"], "an app that made others wait is judged by itself");
  await judged;
  assert.equal(bench.clock.sleeping, 0);
  await finish(bench);
  assert.equal(await bench.onDisk(), "/a: x, /b: x, /slow: x, /good: x");
});

test("stopping ends the check of services that were set aside", async (bench) => {
  await bench.begin(a);
  bench.endless = isEndless;
  bench.services = [a, slow];
  await bench.synchronise();
  bench.lasts = isEndless;
  const stop = new AbortController();
  const judged = bench.judge(stop.signal);
  await eventually(() => bench.clock.sleeping === 1);
  stop.abort(new Error("stopped"));
  await assert.rejects(judged, /^Error: stopped$/);
  assert.equal(bench.clock.sleeping, 0);
});

test("a check that does not end without any app either is an error, and no app is blamed for it", async (bench) => {
  await bench.begin(a);
  bench.endless = () => true;
  bench.services = [a, good];
  await assert.rejects(
    bench.synchronise(),
    /^Error: HAProxy refuses the configuration even without any app, .*: haproxy -c did not end$/,
  );
  bench.endless = () => false;
  assert.deepEqual((await bench.synchronise()).problems, []);
  assert.equal(await bench.onDisk(), "/a: x, /good: x");
});

test("a check that does not end for what was good before is an error, with nothing new too", async (bench) => {
  await bench.begin(a, b);
  await writeFile(bench.store.configFile, "edited by hand\n");
  bench.endless = (text) => text.includes("/a");
  await assert.rejects(
    bench.synchronise(),
    /^Error: HAProxy refuses what it accepted before, .* did not end$/,
  );
});

test("no app is blamed for a file of another app that does not end any more", async (bench) => {
  await bench.begin(a);
  bench.refuse = (line, text) => line.endsWith("says x") && !text.includes("/a says") ? "no /a" : undefined;
  bench.services = [a, good];
  bench.endless = (text) => text.includes("/a");
  await bench.synchronise();
  await assert.rejects(bench.judge(), /^Error: HAProxy refuses what it accepted before, .* did not end$/);
  bench.endless = () => false;
  await finish(bench);
  assert.equal(await bench.onDisk(), "/a: x, /good: x");
});

test("refused services are retried without making others wait", async (bench) => {
  await bench.begin(a);
  bench.refuse = stopsAtFirst;
  const bad = [0, 1].map((index) => serviceThatSays("/bad", "bad", index));
  bench.services = [a, ...bad];
  const { problems } = await finish(bench);
  bench.forgive();
  bench.takeSteps();
  const again = await bench.synchronise();
  assert.deepEqual([again.problems, again.unfinished, bench.takeSteps()], [problems, true, []]);
  bench.refuse = () => undefined;
  assert.deepEqual((await finish(bench)).problems, []);
  assert.equal(await bench.onDisk(), "/a: x, /bad: bad, /bad: bad");
});

test("services that the files of an earlier process serve stay until HAProxy has checked them", async (bench) => {
  await bench.begin(a, b);
  const next = new ServicesBench(bench.directory);
  next.endless = isEndless;
  next.services = [a, b, slow];
  const first = await next.synchronise();
  assert.deepEqual([first.outcome, first.heldFor, first.unfinished], ["held", 0, true]);
  assert.equal(await next.onDisk(), "/a: x, /b: x");
  const { problems } = await finish(next);
  assert.deepEqual(apps(problems), ["/slow"]);
  assert.equal(await next.onDisk(), "/a: x, /b: x");
  assert.deepEqual(next.takeSteps().filter((step) => step.startsWith("load")), []);
});
