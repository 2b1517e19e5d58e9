import assert from "node:assert/strict";
import { AppsReader } from "../../../lib/core/marathon/AppsReader.ts";
import type { App } from "../../../lib/core/marathon/App.ts";
import { AppSource } from "../../../lib/shell/sync/AppSource.ts";
import { marathonApp } from "../../core/model/support/marathonApp.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { eventually } from "../marathon/eventually.ts";

const signal = new AbortController().signal;

/** A Marathon that a test changes, and who asks it. */
class Bench {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  /** What was asked, in order: `all` or an app's id. */
  readonly asked: string[] = [];
  /** What the observer was told, in order. */
  readonly told: string[] = [];
  readonly apps = new Map<string, Record<string, unknown>>();
  /** Answers of `GET /v2/apps/ID` instead of what is there. */
  readonly answers = new Map<string, unknown>();
  failure: Error | undefined;
  /** What an answer waits for. */
  gate: Promise<void> = Promise.resolve();
  readonly source: AppSource;

  constructor(incremental = true) {
    for (const id of ["/a", "/b", "/c"]) this.set(id);
    this.source = new AppSource({
      incremental,
      clock: this.clock,
      logger: this.logger,
      observer: {
        fetched: (kind) => this.told.push(kind),
        disagreed: (apps) => this.told.push(`disagreed ${apps}`),
      },
      client: {
        apps: (_, known) => this.#answer("all", () => this.#all(known)),
        app: (id) =>
          this.#answer(id, () => {
            if (this.answers.has(id)) return this.answers.get(id);
            const app = this.apps.get(id);
            return app && { app };
          }),
      },
    });
  }

  set(id: string, members: Record<string, unknown> = {}): void {
    this.apps.set(id, marathonApp({ id, ...members }));
  }

  /** What changed by this fetch: `+id`, `-id`, `id`; and whether all apps were asked for. */
  async fetch(...named: string[]): Promise<string> {
    return await this.#fetch(new Set(named));
  }

  async fetchAny(): Promise<string> {
    return await this.#fetch(undefined);
  }

  /** What was asked since the last call. */
  takeAsked(): string[] {
    return this.asked.splice(0);
  }

  async #fetch(named: ReadonlySet<string> | undefined): Promise<string> {
    const { changes, partial, cluster } = await this.source.fetch(named, signal);
    for (const { after } of changes) if (after) assert.equal(cluster.apps.get(after.id), after);
    const ids = changes.map(({ before, after }) =>
      `${before ? "" : "+"}${after ? "" : "-"}${(after ?? before)!.id}`
    );
    return [partial ? "some:" : "all:", ...ids].join(" ");
  }

  async #answer<Answer>(what: string, answer: () => Answer): Promise<Answer> {
    this.asked.push(what);
    await this.gate;
    if (this.failure) throw this.failure;
    return answer();
  }

  #all(known: ReadonlyMap<string, App> | undefined) {
    const reader = new AppsReader(known);
    reader.feed(new TextEncoder().encode(JSON.stringify({ apps: [...this.apps.values()] })));
    return reader.end();
  }
}

/** One that has fetched all apps once. */
async function started(incremental = true): Promise<Bench> {
  const bench = new Bench(incremental);
  assert.equal(await bench.fetch("/a"), "all: +/a +/b +/c");
  assert.deepEqual(bench.takeAsked(), ["all"]);
  bench.told.length = 0;
  return bench;
}

Deno.test("AppSource: first all apps, then those that events name", async () => {
  const bench = await started();
  bench.set("/a", { instances: 5 });
  bench.set("/b", { instances: 5 });
  assert.equal(await bench.fetch("/a"), "some: /a");
  assert.equal(await bench.fetch("/b", "/c"), "some: /b");
  assert.equal(await bench.fetch("/b", "/c"), "some:");
  assert.deepEqual(bench.takeAsked(), ["/a", "/b", "/c", "/b", "/c"]);
  assert.deepEqual(bench.told, ["some", "some", "some"]);
});

Deno.test("AppSource: a new app by its event", async () => {
  const bench = await started();
  bench.set("/new");
  assert.equal(await bench.fetch("/new"), "some: +/new");
  assert.deepEqual(bench.takeAsked(), ["/new"]);
});

Deno.test("AppSource: all apps where it is not known which changed", async () => {
  const bench = await started();
  bench.set("/b", { instances: 5 });
  assert.equal(await bench.fetchAny(), "all: /b");
  bench.source.missed();
  bench.set("/c", { instances: 5 });
  assert.equal(await bench.fetch("/a"), "all: /c");
  assert.equal(await bench.fetch("/a"), "some:");
  assert.deepEqual(bench.told, ["all", "all", "some"]);
});

Deno.test("AppSource: always all apps with --full-fetch", async () => {
  const bench = await started(false);
  assert.equal(await bench.fetch("/a"), "all:");
  assert.deepEqual(bench.takeAsked(), ["all"]);
});

Deno.test("AppSource: all apps five minutes after the last time, whatever events said", async () => {
  const bench = await started();
  await bench.clock.advance(299_999);
  assert.equal(await bench.fetch("/a"), "some:");
  await bench.clock.advance(1);
  assert.equal(await bench.fetch("/a"), "all:");
});

Deno.test("AppSource: an app that Marathon does not find any more is gone when a list lacks it", async () => {
  const bench = await started();
  bench.apps.delete("/b");
  assert.equal(await bench.fetch("/b"), "all: -/b");
  assert.deepEqual(bench.takeAsked(), ["/b", "all"]);
  assert.equal(await bench.fetch("/b"), "some:", "one that nobody knows is no news");
  assert.deepEqual(bench.takeAsked(), ["/b"]);
  bench.set("/b");
  assert.equal(await bench.fetch("/b"), "some: +/b");
});

Deno.test("AppSource: an app that is not found, but listed, stays", async () => {
  const bench = await started();
  bench.answers.set("/b", undefined);
  assert.equal(await bench.fetch("/b"), "all:");
});

Deno.test("AppSource: after a failure all apps are fetched, and no change is lost", async () => {
  for (const named of [["/a"], undefined]) {
    const bench = await started();
    bench.failure = new Error("Marathon does not answer");
    bench.set("/a", { instances: 5 });
    await assert.rejects(named ? bench.fetch(...named) : bench.fetchAny(), /does not answer/);
    bench.failure = undefined;
    assert.equal(await bench.fetch("/b"), "all: /a");
    assert.equal(await bench.fetch("/b"), "some:");
    assert.deepEqual(bench.told, ["all", "some"]);
  }
});

Deno.test("AppSource: one of several answers that fails is a failure, and ends the others", async () => {
  const bench = await started();
  const open = Promise.withResolvers<void>();
  bench.gate = open.promise;
  const fetching = bench.fetch("/a", "/b", "/c");
  bench.failure = new Error("no");
  open.resolve();
  await assert.rejects(fetching, /^Error: no$/);
  bench.failure = undefined;
  assert.equal(await bench.fetch("/a"), "all:");
});

Deno.test("AppSource: an answer about something else is a failure", async () => {
  for (const answer of [{}, { app: {} }, { app: { id: "/b" } }, [], "app", { app: null }, null]) {
    const bench = await started();
    bench.answers.set("/a", answer);
    await assert.rejects(bench.fetch("/a"), /the app \/a is about something else/, JSON.stringify(answer));
    bench.answers.clear();
    assert.equal(await bench.fetch("/a"), "all:");
  }
});

Deno.test("AppSource: an app that does not fit is a problem, and one again that does", async () => {
  const bench = await started();
  bench.set("/a", { labels: { broken: 5 } });
  const { cluster, changes } = await bench.source.fetch(new Set(["/a"]), signal);
  assert.deepEqual([...cluster.apps.keys()], ["/b", "/c"]);
  assert.deepEqual([...cluster.problems.keys()], ["/a"]);
  assert.equal(changes.length, 1);
  bench.set("/a");
  assert.equal(await bench.fetch("/a"), "some: +/a");
});

Deno.test("AppSource: all apps at once where events name very many", async () => {
  const bench = await started();
  const ids = Array.from({ length: 201 }, (_, index) => `/many/${index}`);
  for (const id of ids) bench.set(id);
  assert.match(await bench.fetch(...ids), /^all: \+\/many\/0 /);
  assert.deepEqual(bench.takeAsked(), ["all"]);
});

Deno.test("AppSource: at most eight apps are asked for at a time", async () => {
  const bench = await started();
  const ids = Array.from({ length: 20 }, (_, index) => `/x${index}`);
  for (const id of ids) bench.set(id);
  const open = Promise.withResolvers<void>();
  bench.gate = open.promise;
  const fetching = bench.fetch(...ids);
  await eventually(() => bench.asked.length === 8);
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  assert.equal(bench.asked.length, 8);
  open.resolve();
  assert.equal((await fetching).split(" ").length, 21);
  assert.equal(bench.asked.length, 20);
});

Deno.test("AppSource: a change without an event is told of once, and all apps are fetched then", async () => {
  const bench = await started();
  bench.set("/b", { instances: 5 });
  assert.equal(await bench.fetchAny(), "all: /b");
  await bench.clock.advance(5_000);
  assert.equal(await bench.fetch("/a"), "all:");
  assert.deepEqual(bench.told, ["all", "disagreed 1", "all"]);
  const warnings = bench.logger.lines.filter((line) => line.startsWith("warning"));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /changed 1 apps without an event \(\/b\)/);
  await bench.clock.advance(10_000);
  assert.equal(await bench.fetch("/a"), "some:");
  assert.deepEqual(bench.told, ["all", "disagreed 1", "all", "some"]);
});

Deno.test("AppSource: an event that comes after the change was seen is none too late", async () => {
  const bench = await started();
  bench.set("/b", { instances: 5 });
  assert.equal(await bench.fetchAny(), "all: /b");
  await bench.clock.advance(1_000);
  assert.equal(await bench.fetch("/b"), "some:");
  await bench.clock.advance(10_000);
  assert.equal(await bench.fetch("/a"), "some:");
  assert.deepEqual(bench.told, ["all", "some", "some"]);
});

Deno.test("AppSource: an event that is seen long after its change, with others, is none too late", async () => {
  const bench = await started();
  bench.set("/b", { instances: 5 });
  await bench.fetchAny();
  await bench.clock.advance(60_000);
  assert.equal(await bench.fetch("/a", "/b"), "some:");
  assert.deepEqual(bench.told, ["all", "some"]);
});

Deno.test("AppSource: an event before the fetch that found the change counts, also one whose fetch failed", async () => {
  const bench = await started();
  bench.set("/b", { instances: 5 });
  bench.failure = new Error("no");
  await assert.rejects(bench.fetch("/b"));
  bench.failure = undefined;
  assert.equal(await bench.fetchAny(), "all: /b");
  await bench.clock.advance(10_000);
  assert.equal(await bench.fetch("/a"), "some:");
  assert.deepEqual(bench.told, ["all", "some"]);
});

Deno.test("AppSource: what changed while events may have been missed is no disagreement", async () => {
  const bench = await started();
  bench.source.missed();
  bench.set("/b", { instances: 5 });
  assert.equal(await bench.fetch("/a"), "all: /b");
  await bench.clock.advance(10_000);
  assert.equal(await bench.fetch("/a"), "some:");
  assert.deepEqual(bench.told, ["all", "some"]);
});

Deno.test("AppSource: that events may have been missed is not forgotten during a fetch, whether it fails or not", async () => {
  for (const failure of [undefined, new Error("no")]) {
    const bench = await started();
    const open = Promise.withResolvers<void>();
    bench.gate = open.promise;
    const fetching = bench.fetchAny();
    bench.source.missed();
    bench.failure = failure;
    open.resolve();
    await fetching.catch(() => undefined);
    bench.failure = undefined;
    bench.set("/b", { instances: 5 });
    assert.equal(await bench.fetch("/a"), "all: /b");
    await bench.clock.advance(10_000);
    assert.equal(await bench.fetch("/a"), "some:");
    assert.ok(!bench.told.some((what) => what.startsWith("disagreed")), bench.told.join());
  }
});

Deno.test("AppSource: apps whose place in the list counts are taken from a list when they come", async () => {
  const group = { labels: { HAPROXY_DEPLOYMENT_GROUP: "web" } };
  const bench = await started();
  bench.set("/blue", group);
  assert.equal(await bench.fetch("/blue"), "all: +/blue");
  bench.set("/blue", { ...group, instances: 5 });
  assert.equal(await bench.fetch("/blue"), "some: /blue");
  bench.set("/a", group);
  assert.equal(await bench.fetch("/a"), "all: /a");
});

Deno.test("AppSource: unchanged apps stay the objects that they were", async () => {
  const bench = await started();
  const first = await bench.source.fetch(undefined, signal);
  bench.set("/a", { instances: 5 });
  const second = await bench.source.fetch(new Set(["/a", "/b"]), signal);
  const third = await bench.source.fetch(undefined, signal);
  const same = (one: typeof first, other: typeof first) =>
    ["/a", "/b", "/c"].map((id) => one.cluster.apps.get(id) === other.cluster.apps.get(id));
  assert.deepEqual(same(first, second), [false, true, true]);
  assert.deepEqual(same(second, third), [true, true, true]);
});
