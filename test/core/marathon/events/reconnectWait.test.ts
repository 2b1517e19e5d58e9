import assert from "node:assert/strict";
import { firstWait, nextWait } from "../../../../lib/core/marathon/events/reconnectWait.ts";

Deno.test("the wait grows by half from 3 s up to the bound", () => {
  const waits = [firstWait];
  for (let attempt = 0; attempt < 4; attempt++) waits.push(nextWait(waits.at(-1)!, 10_000));
  assert.deepEqual(waits, [3_000, 4_500, 6_750, 10_000, 10_000]);
});
