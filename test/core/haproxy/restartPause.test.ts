import assert from "node:assert/strict";
import { restartPause } from "../../../lib/core/haproxy/restartPause.ts";

Deno.test("restartPause: doubles up to 30 s", () => {
  const pauses: number[] = [];
  for (let crash = 0; crash < 9; crash++) pauses.push(restartPause(pauses.at(-1), 59_999));
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

Deno.test("restartPause: starts over after a minute without a crash", () => {
  assert.equal(restartPause(30_000, 60_000), 500);
});
