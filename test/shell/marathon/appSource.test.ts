import assert from "node:assert/strict";
import { AppsReader } from "../../../lib/core/marathon/appsReader.ts";
import type { App } from "../../../lib/core/marathon/app.ts";
import type { Speaker } from "../../../lib/core/marathon/cluster.ts";
import { readPods } from "../../../lib/core/marathon/pods.ts";
import { TooLarge } from "../../../lib/shell/marathon/http.ts";
import { AppSource, type AppSourceOptions } from "../../../lib/shell/marathon/appSource.ts";
import { marathonApp } from "../../core/model/support/marathonApp.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { eventually } from "../../../tools/harness/eventually.ts";

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
  readonly client: AppSourceOptions["client"] & { speaker?: Speaker } = {
    apps: (_, known) => this.#answer("all", () => this.#all(known)),
    app: (id, _, { readiness = false } = {}) =>
      this.#answer(readiness ? `readiness of ${id}` : id, () => {
        if (this.answers.has(id)) return this.answers.get(id);
        const app = this.apps.get(id);
        if (!app || readiness) return app && { app };
        const { readinessCheckResults: _, ...rest } = app;
        return { app: rest };
      }),
  };
  readonly source: AppSource;

  constructor(incremental = true, readiness = true) {
    for (const id of ["/a", "/b", "/c"]) this.set(id);
    this.source = new AppSource({
      incremental,
      interval: 300_000,
      readiness,
      clock: this.clock,
      logger: this.logger,
      observer: {
        fetched: (kind) => this.told.push(kind),
        disagreed: (apps) => this.told.push(`disagreed ${apps}`),
      },
      client: this.client,
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
    await assert.rejects(bench.fetch("/a"), /the app \/a is about another app/, JSON.stringify(answer));
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

Deno.test("AppSource: a change without an event is logged once, and all apps are fetched then", async () => {
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

Deno.test("AppSource: an app that is too large is left out alone, by its event as in a list of all", async () => {
  const bench = await started();
  bench.answers.set("/a", new TooLarge(8 * 2 ** 20));
  bench.set("/b", { instances: 5 });
  const { cluster, partial } = await bench.source.fetch(new Set(["/a", "/b"]), signal);
  assert.equal(partial, true);
  assert.deepEqual([...cluster.apps.keys()], ["/b", "/c"]);
  assert.match(cluster.problems.get("/a")!.message, /^\/a is left out: its JSON has more than 8 MiB/);
  assert.equal(await bench.fetch("/b"), "some:", "it is no failure, after which all apps would be asked for");
});

Deno.test("AppSource: two apps of one id: an event about them fetches all apps, because a list shows which is first", async () => {
  const bench = new Bench();
  const twin = marathonApp({ id: "/b", instances: 7 });
  bench.apps.set("the other /b", twin);
  await bench.fetchAny();
  bench.answers.set("/b", { app: twin });
  bench.takeAsked();
  const { cluster } = await bench.source.fetch(new Set(["/b"]), signal);
  assert.deepEqual(bench.takeAsked(), ["/b", "all"]);
  assert.notEqual(cluster.apps.get("/b")!.instances, 7);
  assert.match(
    cluster.problems.get("/b")!.message,
    /^\/b is in Marathon's answer 2 times, as apps number 2, 4;/,
  );
});

Deno.test("AppSource: where an answer came from: failures, connections and the Marathon of the last list", async () => {
  const bench = new Bench();
  const origin = async (...named: string[]) => (await bench.source.fetch(new Set(named), signal)).origin;
  bench.client.speaker = { url: "http://a", leader: "http://a:8080" };
  const first = { speaker: bench.client.speaker, failures: 0, connections: 0 };
  assert.deepEqual(await origin(), first);
  assert.deepEqual(await origin("/a"), first);
  bench.failure = new Error("no");
  await assert.rejects(origin("/a"));
  bench.failure = undefined;
  assert.deepEqual(await origin("/a"), { ...first, failures: 1 });
  bench.source.missed();
  assert.deepEqual(await origin("/a"), { ...first, failures: 1, connections: 1 });
});

const checked = {
  version: "2",
  readinessChecks: [{ name: "readinessCheck" }],
  deployments: [] as unknown[],
  readinessCheckResults: [] as unknown[],
  tasks: [{ id: "b.1", host: "10.0.0.1", state: "TASK_RUNNING", ports: [1], version: "2" }],
};
const underWay = { ...checked, deployments: [{ id: "one" }] };
const passed = { ...underWay, readinessCheckResults: [{ taskId: "b.1", ready: true }] };

Deno.test("AppSource: readiness is asked for where an app has checks and deploys", async () => {
  const bench = new Bench();
  bench.set("/a", { deployments: [{ id: "other" }] });
  bench.set("/b", checked);
  await bench.fetchAny();
  assert.deepEqual(bench.takeAsked(), ["all"]);
  assert.equal(bench.source.awaitsReadiness("/b"), false);
  bench.set("/b", { ...underWay, tasks: [] });
  await bench.fetch("/b");
  assert.deepEqual(bench.takeAsked(), ["/b", "readiness of /b"]);
  assert.equal(bench.source.awaitsReadiness("/b"), true);
  assert.deepEqual(bench.source.unready(), []);
  bench.set("/b", underWay);
  await bench.fetch("/b");
  assert.deepEqual(bench.takeAsked(), ["readiness of /b"]);
  assert.deepEqual(bench.source.unready(), ["/b"]);
  assert.equal(await bench.fetchAny(), "all:");
  assert.deepEqual(bench.takeAsked(), ["all", "readiness of /b"]);
  bench.set("/b", passed);
  assert.equal(await bench.fetch("/b"), "some: /b");
  assert.deepEqual(bench.source.unready(), []);
  bench.set("/b", checked);
  await bench.fetch("/b");
  await bench.fetch("/b");
  assert.deepEqual(bench.takeAsked(), ["readiness of /b", "readiness of /b", "/b"]);
  assert.equal(bench.source.awaitsReadiness("/b"), false);
});

Deno.test("AppSource: readiness is not asked for with --ignore-readiness-checks", async () => {
  const bench = new Bench(true, false);
  bench.set("/b", underWay);
  await bench.fetchAny();
  await bench.fetch("/b");
  assert.deepEqual(bench.takeAsked(), ["all", "/b"]);
});

const podOf = (id: string, allocatedHostPort: number) => ({
  id,
  spec: {
    id,
    labels: { HAPROXY_0_VHOST: "p.test" },
    containers: [{ name: "c", endpoints: [{ name: "http" }] }],
  },
  instances: [{
    id: "i",
    status: "STABLE",
    agentHostname: "10.0.0.1",
    containers: [{
      name: "c",
      status: "TASK_RUNNING",
      containerId: "i.c",
      endpoints: [{ name: "http", allocatedHostPort }],
    }],
  }],
});

/** A Marathon with pods, asked with `--pods`. */
function benchWithPods() {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const asked: string[] = [];
  const pods = new Map<string, unknown>();
  let has = true;
  const source = new AppSource({
    incremental: true,
    interval: 300_000,
    pods: true,
    clock,
    logger,
    client: {
      apps: (_, known) => {
        asked.push("all");
        const reader = new AppsReader(known);
        reader.feed(new TextEncoder().encode(JSON.stringify({ apps: [marathonApp({ id: "/a" })] })));
        return Promise.resolve(reader.end());
      },
      app: (id) => {
        asked.push(id);
        return Promise.resolve(id === "/a" ? { app: marathonApp({ id }) } : undefined);
      },
      pods: (_, known) => {
        asked.push("all pods");
        return Promise.resolve(has ? readPods([...pods.values()], known ?? new Map()) : undefined);
      },
      pod: (id) => {
        asked.push(`pod ${id}`);
        return Promise.resolve(pods.get(id));
      },
    },
  });
  const fetch = async (...named: string[]) => {
    const { changes, partial } = await source.fetch(named.length > 0 ? new Set(named) : undefined, signal);
    const ids = changes.map(({ before, after }) =>
      `${before ? "" : "+"}${after ? "" : "-"}${(after ?? before)!.id}`
    );
    return [partial ? "some:" : "all:", ...ids].join(" ");
  };
  return { asked: () => asked.splice(0), pods, fetch, loseApi: () => has = false, logger };
}

Deno.test("AppSource with --pods: all apps and pods, then the pods that events name", async () => {
  const { asked, pods, fetch } = benchWithPods();
  pods.set("/p", podOf("/p", 31_001));
  assert.equal(await fetch(), "all: +/a +/p");
  assert.deepEqual(asked(), ["all", "all pods"]);
  pods.set("/p", podOf("/p", 31_002));
  assert.equal(await fetch("/p"), "some: /p");
  assert.equal(await fetch("/p", "/a"), "some:");
  assert.deepEqual(asked(), ["pod /p", "pod /p", "/a"]);
  // A new one may be either.
  pods.set("/q", podOf("/q", 31_003));
  assert.equal(await fetch("/q"), "some: +/q");
  assert.deepEqual(asked(), ["/q", "pod /q"]);
  pods.delete("/p");
  assert.equal(await fetch("/p"), "all: -/p");
  assert.deepEqual(asked(), ["pod /p", "all", "all pods"]);
});

Deno.test("AppSource with --pods: 404 is a Marathon without pods, but not one that had some", async () => {
  const fresh = benchWithPods();
  fresh.loseApi();
  assert.equal(await fresh.fetch(), "all: +/a");
  assert.match(fresh.logger.lines.join("\n"), /^debug .*--pods: this Marathon has no pods/);
  const { pods, fetch, loseApi } = benchWithPods();
  pods.set("/p", podOf("/p", 31_001));
  await fetch();
  loseApi();
  await assert.rejects(fetch(), /^Error: Marathon answers 404 for its pods, which were there before/);
});
