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

Deno.test("stopOnSignals: HUP and USR1 stop nothing", () => {
  const signals = new FakeSignals();
  const { stopping } = stopOnSignals(signals, new RecordingLogger(), new FakeClock());
  signals.send("SIGHUP");
  signals.send("SIGUSR1");
  assert.ok(!stopping.aborted);
});
