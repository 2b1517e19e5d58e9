import assert from "node:assert/strict";
import { type Loaded, type LoadedEvent, next, notStarted } from "../../../lib/core/plan/loaded.ts";
import { parseServerLine, type PortChange } from "../../../lib/core/plan/plan.ts";
import { assembled } from "../../../lib/core/render/configuration.ts";
import { Afterwards } from "../../../lib/shell/sync/afterwards.ts";
import { Turns } from "../../../lib/shell/system/turns.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";

const maps = { "domain2backend.map": "", "app2backend.map": "" };
const files = assembled({ chunks: [{ text: "\ndefaults x\n", body: "x" }], maps, problems: [] });
const server = { ...parseServerLine("  server s1 10.0.0.1:80")!, deletable: true as const };

/** What HAProxy has by commands, five seconds of delay, and what was asked for. */
class Scene {
  readonly clock = new FakeClock();
  readonly asked: string[] = [];
  readonly deleted: string[] = [];
  /** Backends that still have requests. */
  busy = new Set<string>();
  state: Loaded = [
    { kind: "written", configuration: files } as const,
    { kind: "started" } as const,
  ].reduce(next, notStarted);
  readonly afterwards: Afterwards;
  readonly #stopping = new AbortController();
  readonly #followed: Promise<void>;

  constructor() {
    this.afterwards = new Afterwards({
      ledger: this.#ledger(),
      runtime: {
        abilities: { dynamicCookies: true, deletesServers: true, addsBackends: true, haproxyDir: "/x" },
        update: () => Promise.reject(new Error("no update")),
        delete: (servers) => Promise.resolve(this.#delete(servers)),
        deleteBackends: (backends) =>
          Promise.resolve(this.#delete(backends.filter((one) => !this.busy.has(one)))),
      },
      portReloadDelay: 5_000,
      turns: new Turns(),
      clock: this.clock,
      logger: new RecordingLogger(),
    });
    this.#followed = this.afterwards.follow(this.#stopping.signal);
  }

  #ledger() {
    // deno-lint-ignore no-this-alias
    const scene = this;
    return {
      get state() {
        return scene.state;
      },
      note: (event: LoadedEvent) => scene.note(event),
      again: (reason: string) => void scene.asked.push(reason),
    };
  }

  #delete(names: readonly string[]): string[] {
    this.deleted.push(...names);
    return [...names];
  }

  note(event: LoadedEvent): void {
    this.state = next(this.state, event);
  }

  /** Commands bring this about. */
  command(ports: readonly PortChange[], departures: readonly string[] = []): void {
    this.note({
      kind: "commanded",
      configuration: files,
      changes: departures.map((backend) => ({ kind: "remove", backend, server })),
      arrivals: {
        departures: departures.map((backend) => ({ backend, deletable: true })),
        ports,
        at: this.clock.monotonic(),
      },
    });
    this.afterwards.note({ ports });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#followed;
  }
}

const came = (backend: string): PortChange => ({ kind: "came", backend });

Deno.test("Afterwards: asks for the reload of ports once, when the first of them has waited", async () => {
  await using scene = new Scene();
  await scene.clock.advance(700);
  scene.command([came("a_1")]);
  await scene.clock.advance(4_000);
  scene.command([came("b_1")]);
  assert.deepEqual([scene.asked.length, scene.afterwards.facts.portsDue], [0, false]);
  await scene.clock.advance(1_000);
  assert.deepEqual([scene.asked.length, scene.afterwards.facts.portsDue], [1, true]);
  assert.deepEqual(scene.afterwards.facts.waiting?.map(({ backend }) => backend), ["a_1", "b_1"]);
  // A synchronisation that failed is tried again by its own loop, and any other one has the reload too.
  await scene.clock.advance(20_000);
  assert.deepEqual([scene.asked.length, scene.afterwards.facts.portsDue], [1, true]);
  scene.note({ kind: "loaded", configuration: files });
  assert.equal(scene.afterwards.facts.portsDue, false);
  scene.command([came("c_1")]);
  await scene.clock.advance(6_000);
  assert.equal(scene.asked.length, 2);
});

Deno.test("Afterwards: asks for no reload of ports where another one came before", async () => {
  await using scene = new Scene();
  scene.command([came("a_1")]);
  await scene.clock.advance(4_900);
  scene.note({ kind: "loaded", configuration: files });
  await scene.clock.advance(20_000);
  assert.deepEqual(scene.asked, []);
});

Deno.test("Afterwards: deletes a backend when its servers are deleted, as soon as it is idle", async () => {
  await using scene = new Scene();
  scene.busy.add("a_1");
  scene.command([], ["a_1", "b_1"]);
  await scene.clock.advance(2_000);
  assert.deepEqual(scene.deleted, ["a_1/s1", "b_1/s1", "b_1"]);
  assert.ok(scene.afterwards.facts.gone?.has("a_1"));
  scene.busy.clear();
  await scene.clock.advance(2_000);
  assert.deepEqual(scene.deleted.slice(3), ["a_1"]);
  assert.ok(!scene.afterwards.facts.gone?.has("a_1"));
});
