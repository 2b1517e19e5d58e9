import assert from "node:assert/strict";
import { StageTimer } from "../../../lib/shell/sync/StageTimer.ts";
import { FakeClock } from "../../support/FakeClock.ts";

Deno.test("StageTimer: adds up what each stage took, the one under way included", async () => {
  const clock = new FakeClock();
  const timer = new StageTimer(clock);
  await clock.advance(5);
  assert.deepEqual([timer.stage, timer.durations()], ["fetch", {
    fetch: 5,
    generate: 0,
    validate: 0,
    apply: 0,
  }]);
  for (const [stage, milliseconds] of [["generate", 3], ["validate", 20], ["generate", 4]] as const) {
    timer.begin(stage);
    await clock.advance(milliseconds);
  }
  assert.deepEqual([timer.stage, timer.durations()], ["generate", {
    fetch: 5,
    generate: 7,
    validate: 20,
    apply: 0,
  }]);
});
