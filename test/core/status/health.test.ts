import assert from "node:assert/strict";
import { healthOf, statusLine } from "../../../lib/core/status/health.ts";
import { type ControllerState, initialState } from "../../../lib/core/status/state.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { at, stateOf, syncAt } from "./support/stateOf.ts";

const limits = { failing: 60_000, stage: 90_000, stale: 900_000 };

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
  ["a stage lasts, not for long", { stage: { name: "validate", since: at(5) } }, 94, []],
  ["a stage lasts", { stage: { name: "validate", since: at(5) } }, 95, [
    'The stage "validate" of a synchronisation has lasted 90 s',
  ]],
  ["none since the start", { lastSuccess: undefined }, 900, ["No synchronisation has ended for 900 s"]],
  ["no event stream, not for long", { eventStream: { up: false, since: at(5), reason: "ended" } }, 64, []],
  [
    "no event stream of one cluster",
    {
      clusterStreams: {
        east: { up: true, since: at(5) },
        west: { up: false, since: at(5), reason: "refused" },
      },
    },
    65,
    ["There has been no event stream of --cluster west for 60 s: refused"],
  ],
  [
    "no event stream of one cluster, not for long",
    {
      clusterStreams: { west: { up: false, since: at(5), reason: "refused" } },
    },
    64,
    [],
  ],
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
    "alarms of two kinds",
    {
      alarms: [
        { kind: "port_shared", subject: "80 of ::", message: "Port 80 of :: is shared", since: at(1) },
        { kind: "certificate_refused", subject: "/c.pem", message: "/c.pem is broken", since: at(1) },
      ],
    },
    2,
    ["Port 80 of :: is shared", "/c.pem is broken"],
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

const services = [serviceOf({ appId: "/a" })];
const served = { apps: 3, services };
const reload = { at: at(20), reasons: ["a change"], milliseconds: 5 };
const update = { at: at(30), reasons: ["a change"], milliseconds: 5, commands: 2 };
const { runtimeUpdates } = initialState(at(0), undefined);

const statusLineCases: readonly [name: string, state: Partial<ControllerState>, line: string][] = [
  ["since the start of HAProxy", served, "Serving 1 services of 3 apps; HAProxy last changed {1}"],
  ["since a reload", { ...served, reloads: { ok: 1, failed: 0, last: [reload] } }, "… {20}"],
  [
    "since the last reload that went well",
    {
      ...served,
      lastSuccess: syncAt(22),
      reloads: { ok: 1, failed: 1, last: [{ ...reload, at: at(21), failure: "bind" }, reload] },
    },
    "… {20}",
  ],
  [
    "since runtime commands",
    {
      ...served,
      reloads: { ok: 1, failed: 0, last: [reload] },
      runtimeUpdates: { ...runtimeUpdates, servers: { ok: 1, failed: 0, last: [update] } },
    },
    "… {30}",
  ],
  [
    "Marathon has not answered yet",
    { lastSuccess: undefined },
    "No synchronisation has succeeded yet; HAProxy last changed {1}",
  ],
  [
    "Marathon is away",
    {
      ...served,
      failingSince: at(3),
      synchronisations: {
        ok: 1,
        failed: 1,
        last: [
          syncAt(40, { outcome: "failed", failure: { stage: "fetch", message: "connection\nrefused" } }),
        ],
      },
    },
    "… {1}; Marathon has given no answer for 97 s: connection refused",
  ],
  [
    "HAProxy is down",
    { ...served, haproxy: { up: false, since: at(50), reason: "it was killed" } },
    "Not serving 1 services of 3 apps; HAProxy does not run: it was killed",
  ],
];

for (const [name, state, line] of statusLineCases) {
  Deno.test(`statusLine: ${name}`, () => {
    const expected = line
      .replace("…", "Serving 1 services of 3 apps; HAProxy last changed")
      .replace(/\{(\d+)\}/, (_, seconds) => new Date(at(Number(seconds)).wall).toISOString());
    assert.equal(statusLine(stateOf(state), at(100), limits), expected);
  });
}
