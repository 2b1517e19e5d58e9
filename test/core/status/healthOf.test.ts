import assert from "node:assert/strict";
import type { ControllerState } from "../../../lib/core/status/ControllerState.ts";
import { healthOf } from "../../../lib/core/status/healthOf.ts";
import { at, stateOf, syncAt } from "./support/stateOf.ts";

const limits = { failing: 60_000, stale: 900_000 };

/** Synchronisations that have failed since second 10. */
function failing(stage: "fetch" | "apply", message: string): Partial<ControllerState> {
  const newest = syncAt(12, { outcome: "failed", failure: { stage, message } });
  return { failingSince: at(10), synchronisations: { ok: 1, failed: 2, last: [newest, syncAt(1)] } };
}

const badReload = { at: at(20), reasons: ["a change"], milliseconds: 5, failure: "port 80 is taken" };
const reloads = { ok: 0, failed: 1, last: [badReload] };

const cases: readonly [name: string, state: Partial<ControllerState>, now: number, reasons: string[]][] = [
  ["all is well", {}, 2, []],
  ["synchronisations fail, not for long", failing("fetch", "refused"), 69, []],
  ["Marathon does not answer", failing("fetch", "refused"), 70, [
    "Marathon has given no answer for 60 s: refused",
  ]],
  ["something else fails", failing("apply", "the disk is full"), 75.9, [
    "No synchronisation has succeeded for 65 s: the disk is full",
  ]],
  ["a synchronisation hangs, not for long", {}, 900, []],
  ["a synchronisation hangs", {}, 901, ["No synchronisation has ended for 900 s"]],
  ["none since the start", { lastSuccess: undefined }, 900, ["No synchronisation has ended for 900 s"]],
  ["no event stream, not for long", { eventStream: { up: false, since: at(5), reason: "ended" } }, 64, []],
  ["no event stream", { eventStream: { up: false, since: at(5), reason: "refused" } }, 65, [
    "There has been no event stream for 60 s: refused",
  ]],
  [
    "no callbacks, but polls",
    {
      eventStream: { up: false, since: at(5), reason: "HTTP 404" },
      eventSource: "callbacks",
    },
    899,
    [],
  ],
  ["a mode without event stream", { eventStream: undefined }, 899, []],
  ["HAProxy is down", { haproxy: { up: false, since: at(30), reason: "it was killed" } }, 30, [
    "HAProxy does not run: it was killed",
  ]],
  ["the last reload failed", { reloads }, 20, ["The last reload of HAProxy failed: port 80 is taken"]],
  ["what runs was found right since", { reloads, lastSuccess: syncAt(21) }, 22, []],
  [
    "a reload went well since",
    {
      reloads: { ok: 1, failed: 1, last: [{ ...badReload, at: at(21), failure: undefined }, badReload] },
    },
    22,
    [],
  ],
  [
    "several things",
    { ...failing("fetch", "refused"), haproxy: { up: false, since: at(5), reason: "gone" } },
    70,
    [
      "HAProxy does not run: gone",
      "Marathon has given no answer for 60 s: refused",
    ],
  ],
];

for (const [name, state, now, reasons] of cases) {
  Deno.test(`healthOf: ${name}`, () => {
    assert.deepEqual(healthOf(stateOf(state), at(now), limits), { healthy: reasons.length === 0, reasons });
  });
}

Deno.test("healthOf: a wall clock that jumps changes nothing", () => {
  const now = { ...at(2), wall: at(1e9).wall };
  assert.deepEqual(healthOf(stateOf(), now, limits), { healthy: true, reasons: [] });
});
