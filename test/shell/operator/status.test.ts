import assert from "node:assert/strict";
import type { EventSource } from "../../../lib/core/status/state.ts";
import { StatusRecorder } from "../../../lib/shell/operator/status.ts";
import type { SyncFailure, SyncReport } from "../../../lib/core/status/observer.ts";
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
  problems: [{ code: "app-unreadable", severity: "excluded", app: "/b", message: "/b is left out" }],
};
const failure: SyncFailure = { reasons: ["a test"], durations, stage: "fetch", message: "refused" };

const limits = { failing: 60_000, stage: 90_000, stale: 900_000 };

function record(eventSource: EventSource | undefined = "stream") {
  const clock = new FakeClock();
  const recorder = new StatusRecorder({ clock, limits, eventSource });
  return { clock, recorder, status: () => JSON.parse(recorder.status([])) };
}

function test(name: string, run: (bench: ReturnType<typeof record>) => Promise<void> | void): void {
  Deno.test(`StatusRecorder: ${name}`, () => run(record()));
}

test("is healthy from the first success on", ({ recorder }) => {
  assert.deepEqual(recorder.health().reasons, ["HAProxy does not run: it has not started yet"]);
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

test("says which stage a synchronisation is in, and is not healthy when that lasts", async ({ clock, recorder, status }) => {
  recorder.haproxyStarted();
  recorder.streamConnected();
  recorder.synchronised(report);
  recorder.entered("fetch");
  await clock.advance(60_000);
  recorder.entered("validate");
  const since = new Date(clock.now()).toISOString();
  await clock.advance(89_999);
  assert.deepEqual(recorder.health().reasons, []);
  await clock.advance(1);
  assert.deepEqual(recorder.health().reasons, ['The stage "validate" of a synchronisation has lasted 90 s']);
  assert.deepEqual(status().stage, { name: "validate", since });
  recorder.entered(undefined);
  assert.deepEqual([recorder.health().reasons, status().stage], [[], undefined]);
});

test("reports what is served; an answer that is held back is not", ({ recorder, status }) => {
  recorder.synchronised(report);
  recorder.synchronised({ ...report, outcome: "held", changes: [], apps: 0, services: [], problems: [] });
  const { counts, excluded, lastSuccess } = status();
  assert.deepEqual(counts, { apps: 3, services: 1, backends: 1 });
  assert.deepEqual(excluded, [{
    app: "/b",
    code: "app-unreadable",
    reason: "/b is left out",
    hint: "Correct the member that the message names.",
  }]);
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

test("the event stream of a cluster is away since it was there", async ({ clock, recorder, status }) => {
  recorder.haproxyStarted();
  recorder.synchronised(report);
  recorder.streamConnected();
  recorder.clusterStream("east");
  assert.deepEqual(status().clusters.map(({ name, eventStream }: Named) => [name, eventStream.state]), [
    ["east", "connected"],
  ]);
  recorder.clusterStream("east", "it ended");
  await clock.advance(60_000);
  recorder.clusterStream("east", "refused");
  assert.deepEqual(recorder.health().reasons, [
    "There has been no event stream of --cluster east for 60 s: refused",
  ]);
  recorder.clusterStream("east");
  assert.ok(recorder.health().healthy);
});

interface Named {
  readonly name: string;
  readonly eventStream: { readonly state: string };
}

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

test("counts runtime updates by their kind, with their commands and reasons", ({ clock, recorder, status }) => {
  const update = { kind: "servers", reasons: ["a task came"], commands: 3, milliseconds: 7 } as const;
  recorder.runtimeUpdated(update);
  recorder.runtimeUpdated({ ...update, commands: 4 });
  recorder.runtimeUpdated({ ...update, failure: "no such server" });
  recorder.runtimeUpdated({ ...update, kind: "certificates", reasons: ["/a.pem changed"], commands: 2 });
  const { commands, servers, certificates } = status().runtimeUpdates;
  assert.equal(commands, 9);
  assert.deepEqual([servers.ok, servers.failed, certificates.ok, certificates.failed], [2, 1, 1, 0]);
  const at = new Date(clock.now()).toISOString();
  const { kind: _, ...told } = update;
  assert.deepEqual(servers.last[0], { at, outcome: "failed", ...told, failure: "no such server" });
  assert.deepEqual(certificates.last.map(({ reasons }: { reasons: string[] }) => reasons), [[
    "/a.pem changed",
  ]]);
});

test("remembers the last twenty updates of each kind", ({ recorder, status }) => {
  recorder.runtimeUpdated({
    kind: "certificates",
    reasons: ["/a.pem changed"],
    commands: 2,
    milliseconds: 1,
  });
  for (let n = 0; n < 25; n++) {
    recorder.runtimeUpdated({ kind: "servers", reasons: [`${n}`], commands: 1, milliseconds: 1 });
  }
  const { servers, certificates } = status().runtimeUpdates;
  assert.deepEqual([servers.ok, servers.last.length, servers.last[0].reasons], [25, 20, ["24"]]);
  assert.equal(certificates.last.length, 1);
});

test("counts changes that needed a reload after all, and remembers why the last one did", ({ clock, recorder, status }) => {
  recorder.fellBack("balance source accepts no servers at run time");
  recorder.fellBack("more than servers changed");
  const { fallbacks, lastFallback } = status().runtimeUpdates;
  assert.equal(fallbacks, 2);
  assert.deepEqual(lastFallback, {
    at: new Date(clock.now()).toISOString(),
    message: "more than servers changed",
  });
  assert.match(recorder.metrics([]), /^marathon_lb_runtime_fallbacks_total 2$/m);
});

test("counts fetches by their kind, and changes without an event", ({ recorder, status }) => {
  for (const kind of ["all", "some", "some"] as const) recorder.fetched(kind);
  recorder.disagreed(2);
  recorder.disagreed(1);
  assert.deepEqual(status().marathon, { fetches: { all: 1, some: 2 }, unannouncedChanges: 3, errors: 0 });
  const metrics = recorder.metrics([]);
  assert.match(metrics, /^marathon_lb_marathon_fetches_total\{kind="some"\} 2$/m);
  assert.match(metrics, /^marathon_lb_unannounced_changes_total 3$/m);
});

Deno.test("StatusRecorder: reports callbacks like a stream; without them Marathon is polled, which is healthy", async () => {
  const { clock, recorder, status } = record("callbacks");
  recorder.haproxyStarted();
  assert.equal(status().eventStream.source, "callbacks");
  recorder.streamDisconnected("HTTP 404");
  recorder.synchronised(report);
  await clock.advance(60_001);
  assert.ok(recorder.health().healthy);
  assert.deepEqual([status().eventStream.state, status().eventStream.reason], ["disconnected", "HTTP 404"]);
  assert.match(recorder.metrics([]), /^marathon_lb_event_stream_connected 0$/m);
  recorder.streamConnected();
  recorder.streamConnected();
  assert.equal(status().eventStream.reconnects, 1);
  assert.match(recorder.metrics([]), /^marathon_lb_event_stream_connected 1$/m);
});

Deno.test("StatusRecorder: needs no event stream where there is to be none", async () => {
  const clock = new FakeClock();
  const recorder = new StatusRecorder({ clock, limits, eventSource: undefined });
  const status = () => JSON.parse(recorder.status([]));
  recorder.haproxyStarted();
  recorder.synchronised(report);
  await clock.advance(899_999);
  assert.ok(recorder.health().healthy);
  assert.equal(status().eventStream, undefined);
});

test("changes: how each was made, what asked for it, which apps, and why not by commands", ({ recorder }) => {
  const changes = () => recorder.state.changes;
  recorder.synchronised({ ...report, outcome: "nothing", changes: [] });
  assert.deepEqual(changes(), [], "nothing new in Marathon");
  recorder.entered("apply");
  recorder.runtimeUpdated({ kind: "servers", reasons: ["a moved"], commands: 4, milliseconds: 1 });
  recorder.synchronised({ ...report, how: "commands", touched: ["/a"] });
  recorder.entered(undefined);
  recorder.fellBack("a server has no check");
  recorder.reloaded({ reasons: ["all of it"], milliseconds: 5 });
  recorder.synchronised({ ...report, how: "reload" });
  recorder.entered(undefined);
  recorder.failed(failure);
  recorder.synchronised({ ...report, outcome: "held", changes: [] });
  recorder.reloaded({ reasons: ["SIGUSR1"], milliseconds: 7, beside: true });
  recorder.runtimeUpdated({ kind: "certificates", reasons: ["a certificate"], commands: 2, milliseconds: 1 });
  recorder.reloaded({ reasons: ["SIGUSR1"], milliseconds: 7, beside: true, failure: "port 80 is taken" });
  assert.deepEqual(
    changes().map(({ how, asked, commands, why }) => [how, ...asked, commands, ...why]).toReversed(),
    [
      ["commands", "a test", 4],
      ["reload", "a test", undefined, "a server has no check"],
      ["failed", "a test", undefined, "refused"],
      ["held", "a test", undefined],
      ["reload", "SIGUSR1", undefined],
      ["commands", "a certificate", 2],
      ["failed", "SIGUSR1", undefined, "port 80 is taken"],
    ],
  );
  assert.deepEqual(changes().at(-1)!.apps, ["/a"]);
  assert.equal(changes().at(-1)!.milliseconds, 10);
});

test("keeps the durations of synchronisations, stages, reloads and runtime updates by result", ({ recorder }) => {
  recorder.synchronised({ ...report, durations: { ...durations, validate: 0 } });
  recorder.failed({ ...failure, durations: { fetch: 2_000, generate: 0, validate: 0, apply: 0 } });
  recorder.reloaded({ reasons: ["a change"], milliseconds: 300 });
  recorder.reloaded({ reasons: ["a change"], milliseconds: 20_000, failure: "port 80 is taken" });
  recorder.runtimeUpdated({ kind: "servers", reasons: ["a moved"], commands: 4, milliseconds: 3 });
  const lines = recorder.metrics([]).split("\n");
  for (
    const line of [
      'synchronisation_duration_seconds_sum{result="ok"} 0.007',
      'synchronisation_duration_seconds_sum{result="failed"} 2',
      'synchronisation_stage_duration_seconds_count{stage="fetch"} 2',
      'synchronisation_stage_duration_seconds_count{stage="validate"} 0',
      'reload_duration_seconds_sum{result="ok"} 0.3',
      'reload_duration_seconds_count{result="failed"} 1',
      'runtime_update_duration_seconds_bucket{kind="servers",result="ok",le="0.005"} 1',
      'runtime_update_duration_seconds_count{kind="servers",result="failed"} 0',
    ]
  ) assert.ok(lines.includes(`marathon_lb_${line}`), line);
});
