import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { coalesce, inSlices } from "../../../lib/shell/system/turns.ts";

/** Work whose runs a test ends one by one. */
function stepwise() {
  const runs: PromiseWithResolvers<number>[] = [];
  const work = () => {
    const run = Promise.withResolvers<number>();
    runs.push(run);
    return run.promise;
  };
  return { runs, work: coalesce(work) };
}

/** Lets everything run that does not wait for a test. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

Deno.test("coalesce: calls during a run share one more after it", async () => {
  const { runs, work } = stepwise();
  const first = work();
  const others = [work(), work(), work()];
  assert.equal(runs.length, 1);
  runs[0]!.resolve(1);
  assert.equal(await first, 1);
  await settle();
  assert.equal(runs.length, 2);
  const later = work();
  runs[1]!.resolve(2);
  assert.deepEqual(await Promise.all(others), [2, 2, 2]);
  await settle();
  assert.equal(runs.length, 3);
  runs[2]!.resolve(3);
  assert.equal(await later, 3);
});

Deno.test("coalesce: never two at a time, whenever calls come", async () => {
  let running = 0;
  let runs = 0;
  const work = coalesce(async () => {
    assert.equal(++running, 1);
    runs++;
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    running--;
  });
  const calls: Promise<void>[] = [];
  for (let turn = 0; turn < 50; turn++) {
    calls.push(work());
    await Promise.resolve();
  }
  await Promise.all(calls);
  assert.ok(runs > 2 && runs < 50, `${runs} runs`);
});

Deno.test("coalesce: a run that fails rejects only for its callers", async () => {
  const { runs, work } = stepwise();
  const first = work();
  const second = work();
  runs[0]!.reject(new Error("failed"));
  await assert.rejects(first, /failed/);
  await settle();
  runs[1]!.resolve(2);
  assert.equal(await second, 2);
});

const sleep = () => Promise.resolve();

Deno.test("inSlices: other work gets its turn between steps, once a slice of time is over", async () => {
  const log: string[] = [];
  let time = 0;
  function* steps() {
    for (const step of ["a", "b", "c", "d"]) {
      log.push(step);
      time += 3;
      yield;
    }
    return log.length;
  }
  setTimeout(() => log.push("other"));
  assert.equal(await inSlices(steps(), { clock: { monotonic: () => time, sleep }, isBusy: () => false }), 5);
  assert.deepEqual(log, ["a", "b", "other", "c", "d"]);
});

Deno.test("inSlices: an error of a step is the error of the work", async () => {
  function* steps() {
    yield;
    throw new Error("broken");
  }
  await assert.rejects(
    inSlices(steps(), { clock: { monotonic: () => 0, sleep }, isBusy: () => false }),
    /broken/,
  );
});

Deno.test("inSlices: what goes first has the processor alone, but not for ever", async () => {
  let time = 0;
  let busy = 3;
  const log: string[] = [];
  function* steps() {
    for (const step of ["a", "b"]) {
      log.push(step);
      time += 5;
      yield;
    }
  }
  const slept: number[] = [];
  const clock = {
    monotonic: () => time,
    sleep: (milliseconds: number) => Promise.resolve(void slept.push(milliseconds)),
  };
  const isBusy = () => {
    log.push(`busy ${busy}`);
    return busy-- > 0;
  };
  await inSlices(steps(), { clock, isBusy });
  assert.deepEqual(log, ["a", "busy 3", "busy 2", "busy 1", "busy 0", "b", "busy -1"]);
  assert.deepEqual(slept.splice(0), [5, 5, 5]);
  await inSlices(steps(), { clock, isBusy: () => true });
  assert.equal(slept.reduce((sum, one) => sum + one), 250);
});
