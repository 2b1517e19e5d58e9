import { type App, dependsOnOrder, oversized, readAppValue } from "../../core/marathon/app.ts";
import {
  type AppReading,
  type Cluster,
  type ClusterReading,
  compareClusters,
  emptyCluster,
  updateCluster,
} from "../../core/marathon/cluster.ts";
import { FetchPlanner } from "../../core/marathon/fetchPlanner.ts";
import { isObject, textOf } from "../../core/json.ts";
import { countPods, readPodValue, withPods } from "../../core/marathon/pods.ts";
import type { Clock } from "../system/clock.ts";
import type { Logger } from "../log/logger.ts";
import type { MarathonClient } from "./client.ts";
import { TooLarge } from "./http.ts";
import type { SyncObserver } from "../../core/status/observer.ts";

/** Milliseconds between two questions for the results of readiness checks: no event of Marathon's has them. */
export const readinessPause = 1_000;

export interface AppSourceOptions {
  readonly client:
    & Pick<MarathonClient, "apps" | "app">
    & Partial<Pick<MarathonClient, "speaker">>
    & PodClient;
  /** False with `--full-fetch`. */
  readonly incremental: boolean;
  /** Milliseconds after which all apps are fetched, whatever events report. */
  readonly interval: number;
  /** Whether results of readiness checks are asked for; not with `--ignore-readiness-checks`. */
  readonly readiness?: boolean;
  /** Whether pods are asked for too (`--pods`). */
  readonly pods?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: Pick<SyncObserver, "fetched" | "disagreed">;
}

/** What is asked for pods. */
type PodClient = Partial<Pick<MarathonClient, "pods" | "pod">>;

/** How many apps are asked for at a time. */
const parallel = 8;

/** Marathon's apps now: all of them where that is unknown, else those that events named. */
export class AppSource {
  readonly #options: AppSourceOptions;
  readonly #planner: FetchPlanner;
  #cluster: Cluster = emptyCluster;
  /** Apps that events have named and that were not fetched since. */
  #stale = new Set<string>();
  /** Whether events may have been missed since the last full fetch. */
  #gap = true;
  /** Apps that deploy and have readiness checks. */
  #awaiting = new Set<string>();
  /** What {@link ClusterReading.origin} tells. */
  #failures = 0;
  #connections = 0;

  constructor(options: AppSourceOptions) {
    this.#options = options;
    this.#planner = new FetchPlanner(options);
  }

  /** Notes that events may have been missed. */
  missed(): void {
    this.#gap = true;
    this.#connections++;
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
      const reading = plan.kind === "all"
        ? await this.#fetchAll(signal)
        : await this.#fetchSome(plan.ids, signal);
      const origin = {
        speaker: this.#options.client.speaker,
        failures: this.#failures,
        connections: this.#connections,
      };
      return { ...reading, origin };
    } catch (error) {
      this.#failures++;
      this.#planner.doubt();
      throw error;
    }
  }

  async #fetchAll(signal: AbortSignal): Promise<ClusterReading> {
    const { client, clock, logger, observer } = this.#options;
    const before = this.#cluster;
    const gap = this.#gap;
    this.#gap = false;
    try {
      const alone = await client.apps(signal, before.apps);
      const listed = this.#options.pods ? await addPods(alone, client, { before, logger }, signal) : alone;
      const cluster = this.#options.readiness
        ? await withReadiness(listed, client, before.apps, signal)
        : listed;
      const changes = compareClusters(before, cluster);
      const ids = changes.map(({ before, after }) => (after ?? before)!.id);
      this.#planner.fetchedAll(gap ? [] : ids.filter((id) => !this.#stale.has(id)), clock.monotonic());
      this.#stale.clear();
      observer?.fetched("all");
      this.#cluster = cluster;
      this.#awaiting = new Set(
        [...cluster.apps.values()].filter(({ awaitsReadiness }) => awaitsReadiness).map(({ id }) => id),
      );
      return { cluster, changes, from: before, partial: false };
    } catch (error) {
      this.#gap ||= gap;
      throw error;
    }
  }

  async #fetchSome(ids: readonly string[], signal: AbortSignal): Promise<ClusterReading> {
    const { observer } = this.#options;
    const readings = new Map<string, AppReading>();
    await askEach(ids, signal, async (id, both) => {
      readings.set(id, await this.#fetchOne(id, both));
    });
    // A proxy between us and Marathon may say so too. So an app counts as gone only when the list lacks it.
    const lost = [...readings].some(([id, reading]) => "gone" in reading && this.#cluster.apps.has(id));
    if (lost || this.#needPlaces(readings) || ids.some((id) => this.#isRepeated(id))) {
      return await this.#fetchAll(signal);
    }
    observer?.fetched("some");
    for (const id of ids) this.#stale.delete(id);
    for (const [id, reading] of readings) {
      if ("app" in reading && reading.app.awaitsReadiness) this.#awaiting.add(id);
      else this.#awaiting.delete(id);
    }
    const reading = updateCluster(this.#cluster, readings);
    this.#cluster = reading.cluster;
    return reading;
  }

  /** Whether some of them need their place in Marathon's list, which only a list of all apps shows. */
  #needPlaces(readings: ReadonlyMap<string, AppReading>): boolean {
    return [...readings].some(([id, reading]) => {
      if (!("app" in reading) || !dependsOnOrder(reading.app)) return false;
      const before = this.#cluster.apps.get(id);
      return !before || !dependsOnOrder(before);
    });
  }

  /** Whether several apps have this id: only a list of all apps shows which of them is the first. */
  #isRepeated(id: string): boolean {
    return this.#cluster.apps.has(id) && this.#cluster.problems.has(id);
  }

  async #fetchOne(id: string, signal: AbortSignal): Promise<AppReading> {
    const { client, readiness = false, pods = false } = this.#options;
    const known = this.#cluster.apps;
    if (pods && known.get(id)?.endpoints) return await fetchPod(id, client, known, signal);
    const asked = readiness && this.#awaiting.has(id);
    const reading = await fetchApp(id, client, known, asked, signal);
    if (pods && "gone" in reading && !known.has(id)) return await fetchPod(id, client, known, signal);
    const awaits = readiness && !asked && "app" in reading && reading.app.awaitsReadiness;
    return awaits ? await fetchApp(id, client, known, true, signal) : reading;
  }

  /** Whether an app deploys and has readiness checks, as far as is known. */
  awaitsReadiness(id: string): boolean {
    return this.#awaiting.has(id);
  }

  /**
   * Ids of the apps with tasks that wait for their readiness check before they get traffic. No event reports that it
   * has passed.
   */
  unready(): string[] {
    return [...this.#awaiting].filter((id) =>
      this.#cluster.apps.get(id)?.tasks.some(({ unready }) => unready)
    );
  }
}

async function fetchApp(
  id: string,
  client: Pick<MarathonClient, "app">,
  known: ReadonlyMap<string, App>,
  readiness: boolean,
  signal: AbortSignal,
): Promise<AppReading> {
  const answer = await (readiness ? client.app(id, signal, { readiness }) : client.app(id, signal));
  if (answer === undefined) return { gone: true };
  if (answer instanceof TooLarge) return { problem: oversized(id) };
  const app = isObject(answer) ? answer.app : undefined;
  if (!isObject(app) || textOf(app.id) !== id) {
    throw new Error(`Marathon's answer to a request for the app ${id} is about another app`);
  }
  return readAppValue(app, known, id);
}

async function fetchPod(
  id: string,
  client: PodClient,
  known: ReadonlyMap<string, App>,
  signal: AbortSignal,
): Promise<AppReading> {
  const answer = await client.pod?.(id, signal);
  if (answer === undefined) return { gone: true };
  if (!isObject(answer) || textOf(answer.id) !== id) {
    throw new Error(`Marathon's answer to a request for the pod ${id} is about another pod`);
  }
  return readPodValue(answer, known, id);
}

/**
 * Apps with the pods of the same Marathon.
 *
 * @param before what was there before: a Marathon that had pods has not lost the API
 */
export async function addPods(
  apps: Cluster,
  client: PodClient,
  { before, logger }: { before: Cluster; logger: Logger },
  signal: AbortSignal,
): Promise<Cluster> {
  const pods = await client.pods?.(signal, before.apps);
  if (pods) return withPods(apps, pods);
  if (countPods(before) > 0) {
    throw new Error(
      "Marathon answers 404 for its pods, which were there before; the last ones stay in service",
    );
  }
  logger.debug("--pods: this Marathon has no pods (before 1.4); only apps are served");
  return apps;
}

/** Asks about some apps at a time. The first failure ends all questions. */
async function askEach(
  ids: readonly string[],
  signal: AbortSignal,
  ask: (id: string, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const waiting = [...ids];
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const askNext = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await ask(id, both);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, ids.length) }, askNext));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}

/**
 * A listing with the results of readiness checks. Marathon is asked for them where an app has such checks and deploys.
 * An app that has disappeared since then stays as it was listed.
 *
 * @param known apps as they were before, by id
 */
export async function withReadiness(
  cluster: Cluster,
  client: Pick<MarathonClient, "app">,
  known: ReadonlyMap<string, App> = new Map(),
  signal: AbortSignal,
): Promise<Cluster> {
  const ids = [...cluster.apps.values()].filter(({ awaitsReadiness }) => awaitsReadiness).map(({ id }) => id);
  if (ids.length === 0) return cluster;
  const apps = new Map(cluster.apps);
  await askEach(ids, signal, async (id, both) => {
    const reading = await fetchApp(id, client, known, true, both);
    if ("app" in reading) apps.set(id, reading.app);
  });
  return { ...cluster, apps };
}
