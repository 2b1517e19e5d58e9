import assert from "node:assert/strict";
import { statusJson } from "../../../lib/core/status/statusJson.ts";
import { version } from "../../../lib/core/version.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { at, stateOf, syncAt } from "./support/stateOf.ts";

const limits = { failing: 60_000, stale: 900_000 };

Deno.test("statusJson: what is served, left out and was done lately", () => {
  const failure = { stage: "fetch", message: "refused" } as const;
  const failed = syncAt(20, { outcome: "failed", failure });
  const done = syncAt(10, { outcome: "applied", changes: ["backend a added"] });
  const state = stateOf({
    lastSuccess: done,
    failingSince: at(20),
    synchronisations: { ok: 1, failed: 1, last: [failed, done] },
    reloads: {
      ok: 1,
      failed: 1,
      last: [
        { at: at(9), reasons: ["backend a added"], milliseconds: 250 },
        { at: at(8), reasons: ["backend b added"], milliseconds: 3, failure: "port 80 is taken" },
      ],
    },
    runtimeUpdates: {
      certificates: {
        ok: 1,
        failed: 1,
        last: [
          { at: at(7), reasons: ["/c.pem changed"], milliseconds: 4, commands: 2 },
          {
            at: at(6),
            reasons: ["/c.pem changed"],
            milliseconds: 0,
            commands: 0,
            failure: "it holds no key",
          },
        ],
      },
      servers: { ok: 0, failed: 0, last: [] },
    },
    runtimeCommands: 2,
    runtimeFallbacks: 1,
    lastRuntimeFallback: { at: at(9), message: "more than servers changed" },
    fetches: { all: 4, some: 3 },
    disagreements: 2,
    haproxy: { up: false, since: at(19), reason: "killed" },
    marathonErrors: 1,
    lastMarathonError: { at: at(20), message: "refused" },
    apps: 2,
    services: [serviceOf({ appId: "/a", index: 1, port: 10_001, mode: "http", backends: [] })],
    problems: [
      { severity: "excluded", app: "/b", index: 0, message: "/b: its port is taken" },
      { severity: "warning", app: "/a", message: "/a: a strange label" },
    ],
  });
  const certificates = [{ path: "/c.pem", error: "holds no certificate" }];
  const durations = { fetch: 1_500, generate: 20, validate: 300, apply: 80 };
  const applied = {
    at: "2020-09-13T12:26:50.000Z",
    outcome: "applied",
    reasons: ["a test"],
    changes: ["backend a added"],
    durations,
  };
  const text = statusJson(state, at(21), limits, certificates);
  assert.ok(text.endsWith("}\n"));
  assert.deepEqual(JSON.parse(text), {
    version,
    now: "2020-09-13T12:27:01.000Z",
    startedAt: "2020-09-13T12:26:40.000Z",
    healthy: false,
    reasons: ["HAProxy does not run: killed"],
    marathon: {
      fetches: { all: 4, some: 3 },
      unannouncedChanges: 2,
      errors: 1,
      lastError: { at: "2020-09-13T12:27:00.000Z", message: "refused" },
    },
    eventStream: { source: "stream", state: "connected", since: "2020-09-13T12:26:41.000Z", reconnects: 0 },
    events: {},
    haproxy: { state: "down", since: "2020-09-13T12:26:59.000Z", reason: "killed", restarts: 0 },
    lastSuccess: applied,
    synchronisations: {
      ok: 1,
      failed: 1,
      last: [
        {
          at: "2020-09-13T12:27:00.000Z",
          outcome: "failed",
          reasons: ["a test"],
          changes: [],
          durations,
          failure,
        },
        applied,
      ],
    },
    reloads: {
      ok: 1,
      failed: 1,
      last: [
        { at: "2020-09-13T12:26:49.000Z", outcome: "ok", reasons: ["backend a added"], milliseconds: 250 },
        {
          at: "2020-09-13T12:26:48.000Z",
          outcome: "failed",
          reasons: ["backend b added"],
          milliseconds: 3,
          failure: "port 80 is taken",
        },
      ],
    },
    runtimeUpdates: {
      commands: 2,
      fallbacks: 1,
      lastFallback: { at: "2020-09-13T12:26:49.000Z", message: "more than servers changed" },
      certificates: {
        ok: 1,
        failed: 1,
        last: [
          {
            at: "2020-09-13T12:26:47.000Z",
            outcome: "ok",
            reasons: ["/c.pem changed"],
            milliseconds: 4,
            commands: 2,
          },
          {
            at: "2020-09-13T12:26:46.000Z",
            outcome: "failed",
            reasons: ["/c.pem changed"],
            milliseconds: 0,
            failure: "it holds no key",
            commands: 0,
          },
        ],
      },
      servers: { ok: 0, failed: 0, last: [] },
    },
    counts: { apps: 2, services: 1, backends: 0 },
    excluded: [{ app: "/b", service: 0, reason: "/b: its port is taken" }],
    warnings: [{ app: "/a", reason: "/a: a strange label" }],
    certificates,
    services: [{ app: "/a", service: 1, port: 10_001, mode: "http", backends: 0 }],
  });
});

Deno.test("statusJson: a mode without event stream tells of none", () => {
  assert.ok(
    !("eventStream" in JSON.parse(statusJson(stateOf({ eventStream: undefined }), at(2), limits, []))),
  );
});
