import assert from "node:assert/strict";
import { whyStuck } from "../../../lib/core/systemd/whyStuck.ts";

const step = { doing: "a synchronisation", since: 5_000, within: 300_000 };

Deno.test("whyStuck: a step may be late by a minute", () => {
  for (const now of [5_000, 305_000, 365_000]) assert.equal(whyStuck(step, now), undefined);
});

Deno.test("whyStuck: a step that does not end", () => {
  assert.equal(
    whyStuck(step, 365_001),
    "The control loop is stuck: a synchronisation has lasted 360 s, and takes 300 s at the most",
  );
});
