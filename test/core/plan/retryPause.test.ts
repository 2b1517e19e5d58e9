import assert from "node:assert/strict";
import { retryPause } from "../../../lib/core/plan/retryPause.ts";

Deno.test("retryPause: doubles from one second up to half a minute, and stays there", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 5000].map(retryPause);
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});
