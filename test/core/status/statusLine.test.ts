import assert from "node:assert/strict";
import { serviceOf } from "../model/support/serviceOf.ts";
import { initialState } from "../../../lib/core/status/initialState.ts";
import type { ControllerState } from "../../../lib/core/status/ControllerState.ts";
import { statusLine } from "../../../lib/core/status/statusLine.ts";
import { at, stateOf, syncAt } from "./support/stateOf.ts";

const limits = { failing: 60_000, stale: 900_000 };
const services = [serviceOf({ appId: "/a" })];
const served = { apps: 3, services };
const reload = { at: at(20), reasons: ["a change"], milliseconds: 5 };
const update = { at: at(30), reasons: ["a change"], milliseconds: 5, commands: 2 };
const { runtimeUpdates } = initialState(at(0), undefined);

const cases: readonly [name: string, state: Partial<ControllerState>, line: string][] = [
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

for (const [name, state, line] of cases) {
  Deno.test(`statusLine: ${name}`, () => {
    const expected = line
      .replace("…", "Serving 1 services of 3 apps; HAProxy last changed")
      .replace(/\{(\d+)\}/, (_, seconds) => new Date(at(Number(seconds)).wall).toISOString());
    assert.equal(statusLine(stateOf(state), at(100), limits), expected);
  });
}
