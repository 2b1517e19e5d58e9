import type { App } from "../../core/marathon/App.ts";
import { type Cluster, type ClusterReading, emptyCluster } from "../../core/marathon/Cluster.ts";
import { compareClusters } from "../../core/marathon/compareClusters.ts";
import { dependsOnOrder } from "../../core/marathon/dependsOnOrder.ts";
import { FetchPlanner } from "../../core/marathon/FetchPlanner.ts";
import { isObject, textOf } from "../../core/marathon/Json.ts";
import { readAppValue } from "../../core/marathon/readAppValue.ts";
import { type AppReading, updateCluster } from "../../core/marathon/updateCluster.ts";
import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import type { MarathonClient } from "../marathon/MarathonClient.ts";
import type { SyncObserver } from "./SyncObserver.ts";

export interface AppSourceOptions {
  readonly client: Pick<MarathonClient, "apps" | "app">;
  /** False with `--full-fetch`. */
  readonly incremental: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: Pick<SyncObserver, "fetched" | "disagreed">;
}

/** Milliseconds between two full fetches. */
const interval = 300_000;
/** How many apps are asked for at a time. */
const parallel = 8;

/** What Marathon's apps are now: all of them where that is not known, else those that events were about. */
export class AppSource {
  readonly #options: AppSourceOptions;
  readonly #planner: FetchPlanner;
  #cluster: Cluster = emptyCluster;
  /** Apps that events have named and that were not fetched since. */
  #stale = new Set<string>();
  /** Whether events may have been missed since the last full fetch. */
  #gap = true;

  constructor(options: AppSourceOptions) {
    this.#options = options;
    this.#planner = new FetchPlanner({ incremental: options.incremental, interval });
  }

  /** Notes that events may have been missed. */
  missed(): void {
    this.#gap = true;
  }

  /**
   * @param named ids of the apps that events were about; undefined where any app may have changed
   * @throws {Error} with one line, when Marathon does not answer
   */
  async fetch(named: ReadonlySet<string> | undefined, signal: AbortSignal): Promise<ClusterReading> {
    const { clock, logger, observer } = this.#options;
    for (const id of named ?? []) this.#stale.add(id);
    const disagreed = this.#planner.unannounced(named ?? new Set(), clock.monotonic());
    if (disagreed.length > 0) {
      observer?.disagreed(disagreed.length);
      logger.warning(
        `Marathon changed ${disagreed.length} apps without an event (${disagreed.slice(0, 3).join(", ")}); ` +
          "all apps are fetched until events and apps agree again",
      );
    }
    const plan = this.#planner.plan(
      named && !this.#gap ? this.#stale : undefined,
      this.#cluster.apps.size,
      clock.monotonic(),
    );
    try {
      return plan.kind === "all" ? await this.#fetchAll(signal) : await this.#fetchSome(plan.ids, signal);
    } catch (error) {
      this.#planner.doubt();
      throw error;
    }
  }

  async #fetchAll(signal: AbortSignal): Promise<ClusterReading> {
    const { client, clock, observer } = this.#options;
    const before = this.#cluster;
    const gap = this.#gap;
    this.#gap = false;
    try {
      const cluster = await client.apps(signal, before.apps);
      const changes = compareClusters(before, cluster);
      const ids = changes.map(({ before, after }) => (after ?? before)!.id);
      this.#planner.fetchedAll(gap ? [] : ids.filter((id) => !this.#stale.has(id)), clock.monotonic());
      this.#stale.clear();
      observer?.fetched("all");
      this.#cluster = cluster;
      return { cluster, changes, from: before, partial: false };
    } catch (error) {
      this.#gap ||= gap;
      throw error;
    }
  }

  async #fetchSome(ids: readonly string[], signal: AbortSignal): Promise<ClusterReading> {
    const { observer } = this.#options;
    const readings = new Map<string, AppReading>();
    const waiting = [...ids];
    const failed = new AbortController();
    const both = AbortSignal.any([signal, failed.signal]);
    const ask = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        readings.set(id, await this.#fetchOne(id, both));
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(parallel, ids.length) }, ask));
    } catch (error) {
      failed.abort(error);
      throw error;
    }
    // Something between us and Marathon may say so too: an app that was there is believed to be gone when a list lacks it.
    const lost = [...readings].some(([id, reading]) => "gone" in reading && this.#cluster.apps.has(id));
    if (lost || this.#needPlaces(readings)) return await this.#fetchAll(signal);
    observer?.fetched("some");
    for (const id of ids) this.#stale.delete(id);
    const reading = updateCluster(this.#cluster, readings);
    this.#cluster = reading.cluster;
    return reading;
  }

  /** Whether some of them have to stand where Marathon lists them, which only a list of all tells. */
  #needPlaces(readings: ReadonlyMap<string, AppReading>): boolean {
    return [...readings].some(([id, reading]) => {
      if (!("app" in reading) || !dependsOnOrder(reading.app)) return false;
      const before = this.#cluster.apps.get(id);
      return !before || !dependsOnOrder(before);
    });
  }

  async #fetchOne(id: string, signal: AbortSignal): Promise<AppReading> {
    const answer = await this.#options.client.app(id, signal);
    if (answer === undefined) return { gone: true };
    const app = isObject(answer) ? answer.app : undefined;
    if (!isObject(app) || textOf(app.id) !== id) {
      throw new Error(`Marathon's answer to a question for the app ${id} is about something else`);
    }
    const known: ReadonlyMap<string, App> = this.#cluster.apps;
    return readAppValue(app, known, id);
  }
}
