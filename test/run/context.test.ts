import assert from "node:assert/strict";
import { stopOnSignals } from "../../lib/run/context.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";
import { FakeSignals } from "./support/FakeSignals.ts";

const pairs = [["SIGTERM", "SIGTERM"], ["SIGINT", "SIGINT"], ["SIGTERM", "SIGINT"], [
  "SIGINT",
  "SIGTERM",
]] as const;
for (const [first, second] of pairs) {
  Deno.test(`stopOnSignals: ${first} stops, ${second} after it stops at once`, async () => {
    const clock = new FakeClock();
    const signals = new FakeSignals();
    const logger = new RecordingLogger();
    const { stopping, killing } = stopOnSignals(signals, logger, clock);
    assert.deepEqual([stopping.aborted, killing.aborted], [false, false]);
    signals.send(first);
    assert.deepEqual([stopping.aborted, killing.aborted], [true, false]);
    assert.equal(stopping.reason.message, `stopped by ${first}`);
    signals.send(second);
    assert.equal(killing.aborted, false, "sent together they are one");
    await clock.advance(300);
    signals.send(second);
    signals.send(second);
    assert.ok(killing.aborted);
    assert.deepEqual(logger.lines.slice(0, 2), [
      `info marathon_lb: ${first}: stopping`,
      `warning marathon_lb: ${second} again: stopping at once`,
    ]);
  });
}

Deno.test("stopOnSignals: USR2 ends the run and leaves HAProxy, TERM after it stops both at once", () => {
  const signals = new FakeSignals();
  const logger = new RecordingLogger();
  const { stopping, leaving, killing } = stopOnSignals(signals, logger, new FakeClock(), 2);
  signals.send("SIGUSR2");
  signals.send("SIGUSR2");
  assert.deepEqual([stopping.aborted, leaving.aborted, killing.aborted], [true, true, false]);
  assert.equal(stopping.reason.message, "ended by SIGUSR2");
  signals.send("SIGTERM");
  assert.ok(killing.aborted);
  assert.deepEqual(logger.lines, [
    "info marathon_lb: SIGUSR2: ending; HAProxy keeps serving for the next start",
    "warning marathon_lb: SIGTERM: stopping at once",
  ]);
});

Deno.test("stopOnSignals: USR2 changes nothing of a stop by TERM", () => {
  const signals = new FakeSignals();
  const { leaving, killing } = stopOnSignals(signals, new RecordingLogger(), new FakeClock(), 2);
  signals.send("SIGTERM");
  signals.send("SIGUSR2");
  assert.deepEqual([leaving.aborted, killing.aborted], [false, false]);
});

Deno.test("stopOnSignals: USR2 does not end PID 1, which would take HAProxy along", () => {
  const signals = new FakeSignals();
  const logger = new RecordingLogger();
  const { stopping, leaving } = stopOnSignals(signals, logger, new FakeClock(), 1);
  signals.send("SIGUSR2");
  assert.deepEqual([stopping.aborted, leaving.aborted], [false, false]);
  assert.match(
    logger.lines[0]!,
    /^warning marathon_lb: SIGUSR2: HAProxy would end with PID 1 .*; not ending$/,
  );
  signals.send("SIGTERM");
  assert.ok(stopping.aborted);
});

Deno.test("stopOnSignals: HUP and USR1 stop nothing", () => {
  const signals = new FakeSignals();
  const { stopping } = stopOnSignals(signals, new RecordingLogger(), new FakeClock());
  signals.send("SIGHUP");
  signals.send("SIGUSR1");
  assert.ok(!stopping.aborted);
});
