import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import {
  leftoversIn,
  liveOf,
  type Loaded,
  next,
  notStarted,
  type Strays,
  straysIn,
} from "../../../lib/core/plan/loaded.ts";
import type { RuntimeFacts } from "../../../lib/core/plan/plan.ts";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import type { Configuration } from "../../../lib/core/render/configuration.ts";
import { renderConfiguration } from "../../../lib/core/render/renderConfiguration.ts";
import { renderContext } from "../render/support/renderContext.ts";
import { appHistories, AppHistory } from "./support/appHistories.ts";
import { frontendsOf, ModelledHaproxy } from "./support/ModelledHaproxy.ts";

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const context = renderContext({ haproxyMap: true, dynamicBackends: true, frontendSuffix: "_in" });
const haproxyDir = "/etc/haproxy";
/** Steps for which frontends may wait. */
const delay = 3;

/** What the applier does, with a model of HAProxy and steps as its clock. */
class Applied {
  readonly haproxy: ModelledHaproxy;
  readonly counts = { commands: 0, reloads: 0, arrivals: 0, departures: 0, deleted: 0 };
  #loaded: Loaded;

  constructor(files: Configuration) {
    this.haproxy = new ModelledHaproxy(files);
    const placed = next(notStarted, { kind: "written", configuration: files });
    this.#loaded = next(placed, { kind: "started" });
  }

  /** Files without bodies have none. */
  get #strays(): Strays {
    return straysIn(this.#loaded) ?? { bodies: new Set(), gone: new Map(), ports: new Map() };
  }

  get #facts(): RuntimeFacts {
    const strays = this.#strays;
    return {
      dynamicCookies: true,
      deletesServers: true,
      addsBackends: true,
      haproxyDir,
      leftovers: leftoversIn(this.#loaded),
      bodies: strays.bodies,
      gone: strays.gone,
      delaysPorts: true,
      waiting: [...strays.ports].map(([backend, { kind }]) => ({ backend, kind })),
    };
  }

  /** Those that wait for a reload. */
  get waiting() {
    return this.#strays.ports;
  }

  apply(configuration: Configuration, at: number): void {
    const live = liveOf(this.#loaded)!;
    const portsDue = [...this.waiting.values()].some(({ since }) => at >= since + delay);
    const plan = planUpdate(live, configuration, {
      configuration: live,
      facts: { ...this.#facts, portsDue },
    });
    if (portsDue) assert.equal(plan.kind, "reload", "a reload that was put off comes");
    if (plan.kind === "runtime") {
      this.counts.commands++;
      this.counts.arrivals += plan.arrivals.length;
      this.counts.departures += plan.departures.length;
      this.haproxy.run(plan.commands.map(({ text }) => text));
      const { changes, departures, ports } = plan;
      this.#note({ kind: "commanded", configuration, changes, arrivals: { departures, ports, at } });
      this.#note({ kind: "written", configuration });
    } else if (plan.kind === "reload") {
      this.counts.reloads++;
      this.haproxy.load(configuration);
      this.#note({ kind: "replaced", configuration });
      this.#note({ kind: "loaded", configuration });
    } else this.#note({ kind: "confirmed", configuration });
  }

  /** Deletes what was removed, as the applier does when it is idle. */
  deleteRemoved(): void {
    const servers = [...leftoversIn(this.#loaded)].flatMap(([key, { deletable }]) => deletable ? key : []);
    this.haproxy.run(servers.map((key) => `del server ${key}`));
    this.#note({ kind: "deleted", servers });
    const left = [...leftoversIn(this.#loaded).keys()].map((key) => key.split("/")[0]);
    const gone = [...this.#strays.gone.values()]
      .flatMap(({ backend, deletable }) => deletable && !left.includes(backend) ? backend : []);
    this.haproxy.run(["experimental-mode on", ...gone.map((backend) => `del backend ${backend}`)]);
    this.counts.deleted += gone.length;
    this.#note({ kind: "deleted", servers: [], backends: gone });
  }

  #note(event: Parameters<typeof next>[1]): void {
    this.#loaded = next(this.#loaded, event);
  }
}

Deno.test(`property: after apps come, go and change HAProxy serves what the file says (SEED=${seed})`, () => {
  const total = { commands: 0, reloads: 0, arrivals: 0, departures: 0, deleted: 0 };
  fc.assert(
    fc.property(
      appHistories,
      fc.array(fc.boolean(), { minLength: 25, maxLength: 25 }),
      (history, deletes) => {
        const apps = new AppHistory();
        const applied = new Applied(renderConfiguration(apps.services(), context));
        const { haproxy } = applied;
        for (const [at, changes] of history.entries()) {
          apps.step(changes);
          const wanted = renderConfiguration(apps.services(), context);
          applied.apply(wanted, at);
          if (deletes[at]) applied.deleteRemoved();
          assert.deepEqual(haproxy.serves(), new ModelledHaproxy(wanted).serves(), `step ${at}`);
          assert.deepEqual(haproxy.dangling(), [], `step ${at}`);
          // What it lacks of frontends, or has too many, is what is known to wait.
          const [found, frontends] = [haproxy.frontends, frontendsOf(wanted)];
          for (const name of new Set([...found.keys(), ...frontends.keys()])) {
            const waits = applied.waiting.get(name)?.kind;
            const expected = frontends.has(name) ? found.has(name) ? undefined : "came" : "went";
            assert.equal(waits, expected, `the frontend of ${name}, step ${at}`);
            if (!waits) assert.equal(found.get(name), frontends.get(name), `step ${at}`);
          }
        }
        // When nothing more happens, one reload brings what waits, and only then.
        const last = renderConfiguration(apps.services(), context);
        const { reloads } = applied.counts;
        const waited = applied.waiting.size > 0;
        for (const at of [0, 1, 2, 3, 4]) applied.apply(last, history.length + delay + at);
        assert.equal(applied.counts.reloads, reloads + (waited ? 1 : 0));
        assert.deepEqual([...haproxy.frontends], [...frontendsOf(last)]);
        applied.deleteRemoved();
        if (waited) assert.equal(haproxy.names.length, apps.services().length);
        for (const [name, count] of Object.entries(applied.counts)) {
          total[name as keyof typeof total] += count;
        }
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 60), seed, endOnFailure: true },
  );
  for (const [name, count] of Object.entries(total)) assert.ok(count > 0, `no ${name}`);
});
