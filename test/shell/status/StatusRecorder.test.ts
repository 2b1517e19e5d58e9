import assert from "node:assert/strict";
import { StatusRecorder } from "../../../lib/shell/status/StatusRecorder.ts";
import type { SyncFailure, SyncReport } from "../../../lib/shell/sync/SyncObserver.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { FakeClock } from "../../support/FakeClock.ts";

const durations = { fetch: 1, generate: 2, validate: 3, apply: 4 };
const report: SyncReport = {
  reasons: ["a test"],
  durations,
  outcome: "applied",
  changes: ["all of it"],
  apps: 3,
  services: [serviceOf({ appId: "/a" })],
  problems: [{ severity: "excluded", app: "/b", message: "/b is left out" }],
};
const failure: SyncFailure = { reasons: ["a test"], durations, stage: "fetch", message: "refused" };

function record({ followsEvents = true } = {}) {
  const clock = new FakeClock();
  const limits = { failing: 60_000, stale: 900_000 };
  const recorder = new StatusRecorder({ clock, limits, followsEvents });
  return { clock, recorder, status: () => JSON.parse(recorder.status([])) };
}

function test(name: string, run: (bench: ReturnType<typeof record>) => Promise<void> | void): void {
  Deno.test(`StatusRecorder: ${name}`, () => run(record()));
}

test("is healthy from the first success on", ({ recorder }) => {
  assert.deepEqual(recorder.health().reasons, ["HAProxy does not run: it was not there yet"]);
  recorder.synchronised(report);
  recorder.haproxyStarted();
  recorder.streamConnected();
  assert.deepEqual(recorder.health(), { healthy: true, reasons: [] });
});

test("counts from the first failure, until a success", async ({ clock, recorder, status }) => {
  recorder.haproxyStarted();
  recorder.streamConnected();
  recorder.synchronised(report);
  for (let attempt = 0; attempt < 2; attempt++) {
    recorder.failed(failure);
    await clock.advance(30_000);
  }
  assert.deepEqual(recorder.health().reasons, ["Marathon has given no answer for 60 s: refused"]);
  assert.equal(status().marathon.errors, 2);
  recorder.failed({ ...failure, stage: "apply", message: "the disk is full" });
  assert.deepEqual(recorder.health().reasons, [
    "No synchronisation has succeeded for 60 s: the disk is full",
  ]);
  assert.equal(status().marathon.lastError.message, "refused");
  recorder.synchronised(report);
  assert.ok(recorder.health().healthy);
  assert.deepEqual([status().synchronisations.ok, status().synchronisations.failed], [2, 3]);
});

test("tells what is served; an answer that is held back is not", ({ recorder, status }) => {
  recorder.synchronised(report);
  recorder.synchronised({ ...report, outcome: "held", changes: [], apps: 0, services: [], problems: [] });
  const { counts, excluded, lastSuccess } = status();
  assert.deepEqual(counts, { apps: 3, services: 1, backends: 1 });
  assert.deepEqual(excluded, [{ app: "/b", reason: "/b is left out" }]);
  assert.equal(lastSuccess.outcome, "held");
});

test("remembers the last twenty, the newest first", ({ recorder, status }) => {
  for (let n = 0; n < 25; n++) {
    recorder.synchronised({ ...report, reasons: [`${n}`] });
    recorder.reloaded({ reasons: [`${n}`], milliseconds: n });
  }
  const expected = Array.from({ length: 20 }, (_, n) => `${24 - n}`);
  for (const key of ["synchronisations", "reloads"]) {
    assert.deepEqual(status()[key].last.map(({ reasons }: { reasons: string[] }) => reasons[0]), expected);
    assert.equal(status()[key].ok, 25);
  }
});

test("a failed reload is unhealthy until the next success", async ({ clock, recorder }) => {
  recorder.haproxyStarted();
  recorder.streamConnected();
  recorder.reloaded({ reasons: ["a change"], milliseconds: 1, failure: "port 80 is taken" });
  assert.deepEqual(recorder.health().reasons, ["The last reload of HAProxy failed: port 80 is taken"]);
  await clock.advance(1);
  recorder.reloaded({ reasons: ["a change"], milliseconds: 1 });
  assert.ok(recorder.health().healthy);
});

test("the event stream is away since it was there, however often it is tried", async (bench) => {
  const { clock, recorder, status } = bench;
  recorder.haproxyStarted();
  recorder.synchronised(report);
  recorder.streamConnected();
  recorder.streamDisconnected("it ended");
  await clock.advance(60_000);
  recorder.streamDisconnected("refused");
  assert.deepEqual(recorder.health().reasons, ["There has been no event stream for 60 s: refused"]);
  assert.equal(status().eventStream.state, "disconnected");
  recorder.streamConnected();
  assert.ok(recorder.health().healthy);
  assert.equal(status().eventStream.reconnects, 1);
});

test("counts events by type", ({ recorder, status }) => {
  for (const type of ["a", "b", "a"]) recorder.event(type);
  assert.deepEqual(status().events, { a: 2, b: 1 });
});

test("counts the restarts of HAProxy, not its start", ({ recorder, status }) => {
  recorder.haproxyStarted();
  assert.equal(status().haproxy.restarts, 0);
  recorder.haproxyEnded("it was killed");
  assert.deepEqual([status().haproxy.state, status().haproxy.reason], ["down", "it was killed"]);
  recorder.haproxyStarted();
  assert.deepEqual([status().haproxy.state, status().haproxy.restarts], ["up", 1]);
});

test("counts runtime updates", ({ recorder, status }) => {
  for (const outcome of ["ok", "ok", "failed"] as const) recorder.runtimeUpdated(outcome);
  assert.deepEqual(status().runtimeUpdates, { ok: 2, failed: 1 });
});

Deno.test("StatusRecorder: needs no event stream where there is to be none", async () => {
  const { clock, recorder, status } = record({ followsEvents: false });
  recorder.haproxyStarted();
  recorder.synchronised(report);
  await clock.advance(899_999);
  assert.ok(recorder.health().healthy);
  assert.equal(status().eventStream, undefined);
});
