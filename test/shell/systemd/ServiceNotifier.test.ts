import assert from "node:assert/strict";
import { ServiceNotifier } from "../../../lib/shell/systemd/ServiceNotifier.ts";
import { longestRun, TickLoop } from "../../../lib/shell/sync/TickLoop.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";

/** A notifier whose manager keeps what it is sent, and takes it unless the test says otherwise. */
class Bench {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly stop = new AbortController();
  readonly kill = new AbortController();
  /** What was sent, a notification on a line, since the last look. */
  sent: string[] = [];
  closed = false;
  status = "Serving";
  /** How the manager answers. */
  take: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  readonly notifier: ServiceNotifier;

  constructor(watchdog?: number, { wanted = true } = {}) {
    const sender = {
      how: "a test",
      send: (assignments: readonly string[], signal: AbortSignal) => {
        this.sent.push(assignments.join(" "));
        return this.take(signal);
      },
      close: () => void (this.closed = true),
    };
    const { clock, logger } = this;
    const status = () => this.status;
    this.notifier = new ServiceNotifier({
      sender: wanted ? sender : undefined,
      watchdog,
      status,
      clock,
      logger,
    });
  }

  follow(): Promise<void> {
    return this.notifier.follow(this.stop.signal, this.kill.signal);
  }

  /** What was sent in the next milliseconds. */
  async next(milliseconds: number): Promise<string[]> {
    await this.clock.advance(milliseconds);
    return this.sent.splice(0);
  }

  async end(following: Promise<void>): Promise<string[]> {
    this.stop.abort(new Error("stopped"));
    await this.clock.advance(0);
    await following;
    assert.equal(this.clock.sleeping, 0, "a timer is left");
    return this.sent.splice(0);
  }
}

const stopping = "STOPPING=1 STATUS=Stopping: the last requests end";

Deno.test("ServiceNotifier: without a watchdog it tells that it is ready, what is new, and that it stops", async () => {
  const bench = new Bench();
  const following = bench.follow();
  assert.deepEqual(await bench.next(0), ["READY=1 STATUS=Serving"]);
  assert.deepEqual(await bench.next(600_000), []);
  bench.status = "Serving more";
  assert.deepEqual(await bench.next(60_000), ["STATUS=Serving more"]);
  assert.deepEqual(await bench.next(600_000), []);
  assert.ok(!bench.closed);
  assert.deepEqual(await bench.end(following), [stopping]);
  assert.ok(bench.closed);
  assert.deepEqual(bench.logger.lines, []);
});

Deno.test("ServiceNotifier: with a watchdog it pings thrice in its time", async () => {
  const bench = new Bench(60_000);
  const following = bench.follow();
  assert.deepEqual(await bench.next(0), ["READY=1 WATCHDOG=1 STATUS=Serving"]);
  // Sooner at first: after 1, 3, 7, 15 and 31 s.
  assert.deepEqual(await bench.next(31_000), Array(5).fill("WATCHDOG=1"));
  assert.deepEqual(await bench.next(600_000), Array(30).fill("WATCHDOG=1"));
  assert.deepEqual(await bench.end(following), [stopping]);
});

Deno.test("ServiceNotifier: a short watchdog has no longer pauses at first", async () => {
  const bench = new Bench(900);
  const following = bench.follow();
  assert.equal((await bench.next(3_000)).length, 11);
  await bench.end(following);
});

Deno.test("ServiceNotifier: a synchronisation that does not end gets no pings, until it does", async () => {
  const bench = new Bench(60_000);
  const { clock, logger, notifier: { progress } } = bench;
  const running = Promise.withResolvers<void>();
  const loop = new TickLoop({
    run: () => running.promise,
    idle: 300_000,
    idleReason: "nothing",
    progress,
    clock,
    logger,
  });
  const stopLoop = new AbortController();
  const looping = loop.follow(stopLoop.signal);
  const following = bench.follow();
  // Nothing happens in the loop, run after run of it, and that is alive.
  await bench.next(299_000);
  loop.tick("a change");
  const pings = await bench.next(longestRun + 60_000);
  assert.ok(pings.length > 90);
  assert.ok(pings.every((ping) => ping === "WATCHDOG=1"));

  const late = await bench.next(20_000);
  assert.match(late.join("\n"), /^STATUS=The control loop is stuck: a synchronisation has lasted 18\d\d s/);
  // A status each, as it goes on to last, but no ping.
  assert.ok((await bench.next(600_000)).every((line) => !line.includes("WATCHDOG")));
  assert.equal(logger.lines.length, 1);
  assert.match(
    logger.lines[0]!,
    /^error .*The control loop is stuck: .* at the most: the service manager gets no ping until it goes on$/,
  );

  running.resolve();
  assert.deepEqual(await bench.next(20_000), ["WATCHDOG=1 STATUS=Serving"]);
  assert.match(logger.lines[1]!, /^warning .*The control loop goes on$/);
  stopLoop.abort(new Error("stopped"));
  await clock.advance(0);
  await looping;
  await bench.end(following);
});

Deno.test("ServiceNotifier: synchronisations that fail, because Marathon is away, are alive", async () => {
  const bench = new Bench(60_000);
  const { clock, logger, notifier: { progress } } = bench;
  const loop = new TickLoop({
    run: () => Promise.reject(new Error("connection refused")),
    idle: 300_000,
    idleReason: "nothing",
    progress,
    clock,
    logger,
  });
  loop.tick("the start");
  const stopLoop = new AbortController();
  const looping = loop.follow(stopLoop.signal);
  const following = bench.follow();
  const day = 86_400_000;
  const sent = await bench.next(day);
  assert.ok(sent.length > day / 20_000 - 10);
  assert.ok(sent.every((line) => line.includes("WATCHDOG=1")));
  stopLoop.abort(new Error("stopped"));
  await clock.advance(0);
  await looping;
  await bench.end(following);
});

Deno.test("ServiceNotifier: what does not get through is tried again, with one line in the log", async () => {
  const bench = new Bench(60_000);
  bench.take = () => Promise.reject(new Error("no such socket"));
  const following = bench.follow();
  const sent = await bench.next(60_000);
  assert.ok(sent.length > 12);
  assert.ok(sent.every((line) => line === "READY=1 WATCHDOG=1 STATUS=Serving"));
  const told =
    "warning marathon_lb: The service manager cannot be told READY=1: no such socket. It is tried again";
  assert.deepEqual(bench.logger.lines, [told]);

  bench.take = () => Promise.resolve();
  assert.equal((await bench.next(5_000))[0], "READY=1 WATCHDOG=1 STATUS=Serving");
  assert.deepEqual(await bench.next(20_000), ["WATCHDOG=1"]);
  assert.deepEqual(bench.logger.lines, [told, "info marathon_lb: The service manager can be told again"]);
  await bench.end(following);
});

Deno.test("ServiceNotifier: a manager that takes nothing is not waited for", async () => {
  const bench = new Bench(60_000);
  bench.take = (signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const following = bench.follow();
  await bench.next(5_000);
  assert.match(bench.logger.lines[0]!, /READY=1: it was not taken within 5 s\. It is tried again$/);
  bench.stop.abort(new Error("stopped"));
  await bench.next(5_000);
  bench.kill.abort(new Error("killed"));
  await following;
  assert.equal(bench.logger.lines.length, 1);
});

Deno.test("ServiceNotifier: where nobody wants to know it does nothing", async () => {
  const bench = new Bench(60_000, { wanted: false });
  await bench.follow();
  assert.deepEqual([bench.sent, bench.clock.slept, bench.logger.lines], [[], [], []]);
});
