import assert from "node:assert/strict";
import { longestRun, TickLoop, type TickWork } from "../../../lib/shell/sync/ticks.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";

const idle = 300_000;

interface Run {
  readonly reasons: readonly string[];
  readonly apps: ReadonlySet<string> | undefined;
  readonly end: () => void;
  readonly fail: (message: string) => void;
}

/** A loop whose runs end when the test says so, or by the signal. */
class Bench {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly runs: Run[] = [];
  readonly loop: TickLoop;
  readonly #stop = new AbortController();
  #ended = false;

  constructor() {
    const { clock, logger } = this;
    this.loop = new TickLoop({ idle, idleReason: "nothing heard", clock, logger });
  }

  /** What the loop does: the test ends it, or the signal. */
  readonly work: TickWork = {
    run: (reasons, apps, signal) =>
      new Promise((resolve, reject) => {
        this.runs.push({ reasons, apps, end: resolve, fail: (message) => reject(new Error(message)) });
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  };

  follow(): Promise<void> {
    return this.loop.follow(this.work, this.#stop.signal).finally(() => this.#ended = true);
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  get reasons(): (readonly string[])[] {
    return this.runs.map(({ reasons }) => reasons);
  }

  /** Stops the loop, which has to end at once: no time passes. */
  async stop(following: Promise<void>): Promise<void> {
    this.#stop.abort(new Error("stopped"));
    await this.settle();
    assert.ok(this.#ended, "the loop goes on");
    await following;
    assert.equal(this.clock.sleeping, 0, "a timer is left");
  }
}

function test(name: string, run: (bench: Bench) => Promise<void>): void {
  Deno.test(`TickLoop: ${name}`, () => run(new Bench()));
}

test("a tick starts a run at once, and none is made without one", async (bench) => {
  const following = bench.follow();
  await bench.settle();
  assert.deepEqual(bench.reasons, []);
  bench.loop.tick("an event");
  await bench.settle();
  assert.deepEqual(bench.reasons, [["an event"]]);
  bench.runs[0]!.end();
  await bench.settle();
  assert.equal(bench.runs.length, 1);
  await bench.stop(following);
});

test("a tick before the loop follows is not lost", async (bench) => {
  bench.loop.tick("the start");
  const following = bench.follow();
  await bench.settle();
  assert.deepEqual(bench.reasons, [["the start"]]);
  await bench.stop(following);
});

test("ticks during a run make exactly one more, with each of their reasons once", async (bench) => {
  bench.loop.tick("the start");
  const following = bench.follow();
  await bench.settle();
  for (const reason of ["a", "b", "a", "the start"]) bench.loop.tick(reason);
  await bench.settle();
  assert.equal(bench.runs.length, 1, "runs overlap");
  bench.runs[0]!.end();
  await bench.settle();
  bench.runs[1]!.end();
  await bench.settle();
  assert.deepEqual(bench.reasons, [["the start"], ["a", "b", "the start"]]);
  await bench.stop(following);
});

test("without a tick a run is made after the idle time, counted from the run before", async (bench) => {
  const following = bench.follow();
  await bench.clock.advance(idle - 1);
  assert.deepEqual(bench.reasons, []);
  bench.loop.tick("an event");
  await bench.settle();
  bench.runs[0]!.end();
  await bench.clock.advance(idle - 1);
  assert.deepEqual(bench.reasons, [["an event"]]);
  await bench.clock.advance(1);
  assert.deepEqual(bench.reasons, [["an event"], ["nothing heard"]]);
  await bench.stop(following);
});

test("a failed run is retried after a growing pause, which a good run ends", async (bench) => {
  bench.loop.tick("an event");
  const following = bench.follow();
  await bench.settle();
  const pauses = [1, 2, 4, 8, 16, 30, 30];
  for (const [index, seconds] of pauses.entries()) {
    bench.runs[index]!.fail("It broke");
    await bench.clock.advance(seconds * 1000 - 1);
    assert.equal(bench.runs.length, index + 1, `tried again within ${seconds} s`);
    await bench.clock.advance(1);
    assert.deepEqual(bench.reasons[index + 1], ["an earlier failure"]);
  }
  bench.runs.at(-1)!.end();
  await bench.settle();
  bench.loop.tick("an event");
  await bench.settle();
  bench.runs.at(-1)!.fail("It broke again.");
  await bench.settle();
  assert.deepEqual(
    bench.logger.lines,
    [
      ...pauses.map((seconds) => `It broke. Retrying in ${seconds} s`),
      "It broke again. Retrying in 1 s",
    ].map((message) => `error marathon_lb: ${message}`),
  );
  await bench.stop(following);
});

test("ticks do not shorten the pause after a failure; their reasons are kept", async (bench) => {
  bench.loop.tick("an event");
  const following = bench.follow();
  await bench.settle();
  bench.runs[0]!.fail("Marathon is overloaded.");
  await bench.settle();
  for (let tenths = 1; tenths < 10; tenths++) {
    bench.loop.tick("a storm");
    await bench.clock.advance(100);
  }
  assert.equal(bench.runs.length, 1);
  await bench.clock.advance(100);
  assert.deepEqual(bench.reasons[1], ["an earlier failure", "a storm"]);
  await bench.stop(following);
});

const stages: { name: string; reach: (bench: Bench) => Promise<void>; lines: number }[] = [
  { name: "while it waits for a tick", reach: (bench) => bench.settle(), lines: 0 },
  {
    name: "during a run",
    reach: async (bench) => {
      bench.loop.tick("an event");
      await bench.settle();
      assert.equal(bench.runs.length, 1);
    },
    lines: 0,
  },
  {
    name: "in the pause after a failure",
    reach: async (bench) => {
      bench.loop.tick("an event");
      await bench.settle();
      bench.runs[0]!.fail("It broke.");
      await bench.settle();
      assert.equal(bench.clock.sleeping, 1);
    },
    lines: 1,
  },
];
for (const { name, reach, lines } of stages) {
  test(`stops at once ${name}`, async (bench) => {
    const following = bench.follow();
    await reach(bench);
    const before = bench.runs.length;
    await bench.stop(following);
    bench.loop.tick("too late");
    await bench.clock.advance(idle);
    assert.equal(bench.runs.length, before);
    assert.equal(bench.logger.lines.length, lines, "a stop is no failure");
  });
}

test("does nothing with a signal that is aborted already", async (bench) => {
  bench.loop.tick("an event");
  await bench.loop.follow(bench.work, AbortSignal.abort());
  assert.deepEqual(bench.reasons, []);
});

test("a run that ends well in spite of the signal is the last one", async (bench) => {
  const stop = new AbortController();
  const reasons: (readonly string[])[] = [];
  const run: TickWork["run"] = (given) => {
    reasons.push(given);
    bench.loop.tick("more");
    stop.abort();
    return Promise.resolve();
  };
  bench.loop.tick("an event");
  await bench.loop.follow({ run }, stop.signal);
  assert.deepEqual(reasons, [["an event"]]);
});

Deno.test("TickLoop: runs begin with a distance, the first one after a quiet time at once", async () => {
  const clock = new FakeClock(0);
  const begun: number[] = [];
  const run = () => {
    begun.push(clock.now());
    return clock.sleep(30);
  };
  const loop = new TickLoop({
    ...{ idle, idleReason: "nothing heard", spacing: 100 },
    ...{ clock, logger: new RecordingLogger() },
  });
  const stop = new AbortController();
  const following = loop.follow({ run }, stop.signal);
  for (let tick = 0; tick < 40; tick++) {
    loop.tick("a storm");
    await clock.advance(10);
  }
  await clock.advance(990);
  loop.tick("after a quiet time");
  await clock.advance(0);
  assert.deepEqual(begun, [0, 100, 200, 300, 400, 1_390]);

  loop.tick("right after it");
  await clock.advance(50);
  stop.abort(new Error("stopped"));
  await following;
  assert.deepEqual([begun.length, clock.sleeping], [6, 0]);
});

/** The apps that each run was told of; `any` where it may be any. */
function appsOf({ runs }: Bench): ("any" | string[])[] {
  return runs.map(({ apps }) => apps ? [...apps] : "any");
}

test("the apps that ticks name reach the run together, each once, and not the next run", async (bench) => {
  bench.loop.tick("an event", "/a");
  bench.loop.tick("another event", "/b");
  bench.loop.tick("an event", "/a");
  const following = bench.follow();
  await bench.settle();
  bench.loop.tick("an event", "/c");
  bench.runs[0]!.end();
  await bench.settle();
  assert.deepEqual(appsOf(bench), [["/a", "/b"], ["/c"]]);
  await bench.stop(following);
});

test("a tick that names no app among others means that any may have changed, for one run", async (bench) => {
  bench.loop.tick("an event", "/a");
  bench.loop.tick("a signal");
  bench.loop.tick("an event", "/b");
  const following = bench.follow();
  await bench.settle();
  bench.loop.tick("an event", "/c");
  bench.runs[0]!.end();
  await bench.settle();
  assert.deepEqual(appsOf(bench), ["any", ["/c"]]);
  await bench.stop(following);
});

test("after a failure, and after an idle time, any app may have changed", async (bench) => {
  bench.loop.tick("an event", "/a");
  const following = bench.follow();
  await bench.settle();
  bench.runs[0]!.fail("It broke");
  await bench.settle();
  bench.loop.tick("an event", "/b");
  await bench.clock.advance(1_000);
  bench.runs[1]!.end();
  await bench.clock.advance(idle);
  assert.deepEqual(appsOf(bench), [["/a"], "any", "any"]);
  await bench.stop(following);
});

for (const [took, rest] of [[0, 0], [50, 0], [80, 30], [700, 650], [1_000, 950], [20_000, 1_000]] as const) {
  test(`a run of ${took} ms is followed by a rest of ${rest} ms`, async (bench) => {
    bench.loop.tick("an event", "/a");
    const following = bench.follow();
    await bench.clock.advance(took);
    bench.loop.tick("during the run", "/b");
    bench.runs[0]!.end();
    await bench.settle();
    for (const early of rest > 0 ? [0, rest - 1] : []) {
      await bench.clock.advance(early);
      assert.equal(bench.runs.length, 1, `${early} ms after it`);
      bench.loop.tick("during the rest", "/c");
    }
    await bench.clock.advance(rest > 0 ? 1 : 0);
    assert.deepEqual(appsOf(bench), [["/a"], rest > 0 ? ["/b", "/c"] : ["/b"]]);
    await bench.stop(following);
  });
}

test("stops at once in the rest after a long run", async (bench) => {
  bench.loop.tick("an event");
  const following = bench.follow();
  await bench.clock.advance(5_000);
  bench.loop.tick("during the run");
  bench.runs[0]!.end();
  await bench.settle();
  assert.equal(bench.clock.sleeping, 1);
  await bench.stop(following);
  assert.deepEqual([bench.runs.length, bench.logger.lines], [1, []]);
});

Deno.test("TickLoop: reports its stage, and how long that may last", async () => {
  const clock = new FakeClock();
  const told: [doing: string, within: number][] = [];
  const results = [Promise.reject(new Error("It broke")), Promise.resolve()];
  const loop = new TickLoop({
    ...{ idle, idleReason: "nothing heard", clock, logger: new RecordingLogger() },
  });
  const stop = new AbortController();
  const work: TickWork = {
    run: () => results.shift()!,
    progress: (doing, within) => told.push([doing, within]),
  };
  const following = loop.follow(work, stop.signal);
  await clock.advance(idle);
  await clock.advance(1_000);
  const [waits, runs] = [["waiting for a change", idle], ["a synchronisation", longestRun]] as const;
  assert.deepEqual(told, [waits, runs, ["the pause after a failure", 1_000], waits, runs, waits]);
  stop.abort(new Error("stopped"));
  await following;
});
