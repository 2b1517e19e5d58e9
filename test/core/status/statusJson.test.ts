import assert from "node:assert/strict";
import { verdicts } from "../../../lib/core/explain/verdict.ts";
import { problemKinds } from "../../../lib/core/problem.ts";
import { replaceAlarms } from "../../../lib/core/status/state.ts";
import { statusJson } from "../../../lib/core/status/statusJson.ts";
import { version } from "../../../lib/core/version.ts";
import { serviceOf } from "../model/support/serviceOf.ts";
import { worldOf } from "../explain/support/worldOf.ts";
import { at, stateOf, syncAt } from "./support/stateOf.ts";

const limits = { failing: 60_000, stage: 90_000, stale: 900_000 };

Deno.test("statusJson: what is served, left out and was done lately", () => {
  const failure = { stage: "fetch", message: "refused" } as const;
  const failed = syncAt(20, { outcome: "failed", failure });
  const done = syncAt(10, { outcome: "applied", changes: ["backend a added"] });
  const state = stateOf({
    lastSuccess: done,
    failingSince: at(20),
    stage: { name: "fetch", since: at(21) },
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
      { code: "name-taken", severity: "excluded", app: "/b", index: 0, message: "/b: its port is taken" },
      { code: "label-ignored", severity: "warning", app: "/a", message: "/a: a strange label" },
    ],
    alarms: replaceAlarms([], "certificate_refused", [{ subject: "/c.pem", message: "It is none" }], at(10)),
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
    reasons: ["HAProxy does not run: killed", "It is none"],
    alarms: [{
      kind: "certificate_refused",
      subject: "/c.pem",
      message: "It is none",
      since: "2020-09-13T12:26:50.000Z",
    }],
    marathon: {
      fetches: { all: 4, some: 3 },
      unannouncedChanges: 2,
      errors: 1,
      lastError: { at: "2020-09-13T12:27:00.000Z", message: "refused" },
    },
    eventStream: { source: "stream", state: "connected", since: "2020-09-13T12:26:41.000Z", reconnects: 0 },
    clusters: [],
    events: {},
    haproxy: { state: "down", since: "2020-09-13T12:26:59.000Z", reason: "killed", restarts: 0 },
    stage: { name: "fetch", since: "2020-09-13T12:27:01.000Z" },
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
    notServed: { apps: 0, codes: {}, services: [] },
    excluded: [{
      app: "/b",
      service: 0,
      code: "name-taken",
      reason: "/b: its port is taken",
      hint: "Give one of the two another port with `HAPROXY_0_PORT`.",
    }],
    warnings: [{
      app: "/a",
      code: "label-ignored",
      reason: "/a: a strange label",
      hint: problemKinds["label-ignored"].hint,
    }],
    certificates,
    services: [{ app: "/a", service: 1, port: 10_001, mode: "http", backends: 0 }],
  });
});

Deno.test("statusJson: notServed counts all apps by code, and lists those with a label of the program", () => {
  const world = worldOf({
    groups: ["external"],
    apps: [
      { id: "/served", labels: { HAPROXY_GROUP: "external" } },
      { id: "/idle", labels: { HAPROXY_GROUP: "external" }, portDefinitions: [{ port: 10_002 }], tasks: [] },
      { id: "/plain", portDefinitions: [{ port: 10_003 }] },
      { id: "/plainer", portDefinitions: [{ port: 10_004 }] },
    ],
  });
  const status = JSON.parse(statusJson(stateOf({}), at(0), limits, [], verdicts(world)));
  assert.deepEqual(status.notServed, {
    apps: 3,
    codes: { "no-task": 1, "no-group": 2 },
    services: [{
      app: "/idle",
      service: 0,
      code: "no-task",
      reason: "/idle: service 0: the app has no task",
      hint: problemKinds["no-task"].hint,
    }],
  });
});

Deno.test("statusJson: the event stream of each cluster", () => {
  const clusterStreams = {
    east: { up: true, since: at(5) },
    west: { up: false, since: at(7), reason: "refused" },
  };
  const { clusters } = JSON.parse(statusJson(stateOf({ clusterStreams }), at(9), limits, []));
  assert.deepEqual(clusters, [
    { name: "east", eventStream: { state: "connected", since: "2020-09-13T12:26:45.000Z" } },
    {
      name: "west",
      eventStream: { state: "disconnected", since: "2020-09-13T12:26:47.000Z", reason: "refused" },
    },
  ]);
});

Deno.test("statusJson: a mode without event stream has no event stream", () => {
  assert.ok(
    !("eventStream" in JSON.parse(statusJson(stateOf({ eventStream: undefined }), at(2), limits, []))),
  );
});
