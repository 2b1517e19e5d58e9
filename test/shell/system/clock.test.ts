import assert from "node:assert/strict";
import { retryPause, systemClock } from "../../../lib/shell/system/clock.ts";

Deno.test("retryPause: doubles from one second up to half a minute, and stays there", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 5000].map(retryPause);
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

Deno.test("systemClock: sleeps as long as asked, by its own measure", async () => {
  const began = systemClock.monotonic();
  await systemClock.sleep(20);
  // Timers count in whole milliseconds and may be early by a part of one.
  assert.ok(systemClock.monotonic() - began >= 19);
});

Deno.test("systemClock: a sleep ends with the reason of its signal", async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(3_600_000, stop.signal);
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(sleeping, (error) => error === reason);
});

Deno.test("systemClock: a signal that is aborted already rejects, it does not throw", async () => {
  const reason = new Error("enough");
  const sleeping = systemClock.sleep(0, AbortSignal.abort(reason));
  await assert.rejects(sleeping, (error) => error === reason);
});

Deno.test("systemClock: now is the time of the day", () => {
  const before = Date.now();
  const now = systemClock.now();
  assert.ok(before <= now && now <= Date.now());
});
