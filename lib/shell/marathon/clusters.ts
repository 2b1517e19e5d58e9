import { join } from "node:path";
import { isObject } from "../../core/json.ts";
import type { App } from "../../core/marathon/app.ts";
import {
  type Cluster,
  type ClusterReading,
  compareClusters,
  emptyCluster,
} from "../../core/marathon/cluster.ts";
import { ClusterView, joinClusters } from "../../core/marathon/clusters.ts";
import type { Incumbents } from "../../core/model/incumbents.ts";
import { RemovalGuard, type Served } from "../../core/plan/massRemoval.ts";
import type { AlarmReport } from "../../core/status/state.ts";
import type { Logger } from "../log/logger.ts";
import { eventSpacing, TickLoop } from "../sync/ticks.ts";
import { Alarm, type Clock } from "../system/clock.ts";
import { readFileIfExists, writeFileAtomically } from "../system/files.ts";
import { type AppSource, readinessPause } from "./appSource.ts";

/** What a tick is about when the apps of a cluster have changed: no id of an app, and none of a file. */
export const clusterTick = "cluster:";

/** Milliseconds that a start waits for clusters that do not answer, where others do. */
const patience = 1_500;
/** Milliseconds from one copy of the apps of a cluster to the next at the least. */
const copySpacing = 30_000;
/** The form of copies: a reader of another form has another number. */
const copyForm = 1;

/** What all clusters share. */
export interface ClusterSettings {
  /** The directory of the copies of what was good last: a restart needs them while a cluster is away. */
  readonly keepIn: string;
  /** Milliseconds without a tick after which a cluster is asked. */
  readonly idle: number;
  /** `--mass-removal-delay` in milliseconds. */
  readonly massRemovalDelay: number;
  /** Milliseconds without an answer after which there is an alarm (`--health-after`). */
  readonly alarmAfter: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ClusterMemberOptions extends ClusterSettings {
  /** Undefined for that of `--marathon`, whose ids stay as they are. */
  readonly name?: string;
  /** From 0. */
  readonly place: number;
  readonly source: Pick<AppSource, "fetch" | "unready">;
  /** Called when the apps differ from before. */
  readonly changed: (reason: string) => void;
  readonly alarmed: () => void;
}

/** One of several clusters: asked in a loop of its own, so that none waits for another. */
export class ClusterMember {
  readonly loop: TickLoop;
  /** Rung when the cluster answers again. */
  readonly recovered = new Alarm();
  readonly #options: ClusterMemberOptions;
  readonly #guard: RemovalGuard;
  readonly #view: ClusterView | undefined;
  /** As the cluster itself knows them. */
  #apps: Cluster | undefined;
  #seen: Cluster | undefined;
  #failing: { readonly since: number; readonly message: string } | undefined;
  #copied: Cluster | undefined;
  #copiedAt = -Infinity;
  #copying: Promise<void> = Promise.resolve();
  /** The question of a start, which may be under way when the loop begins. */
  #first: Promise<void> | undefined;

  constructor(options: ClusterMemberOptions) {
    this.#options = options;
    const { name, place, idle, massRemovalDelay, clock, logger } = options;
    this.#guard = new RemovalGuard(massRemovalDelay);
    this.#view = name === undefined ? undefined : new ClusterView(name, place);
    this.loop = new TickLoop({
      spacing: eventSpacing,
      idle,
      idleReason: `${Math.round(idle / 1000)} s without an event`,
      clock,
      logger: prefixed(logger, this.title),
    });
  }

  /** How messages call it. */
  get title(): string {
    return this.#options.name === undefined ? "--marathon" : `--cluster ${this.#options.name}`;
  }

  get name(): string | undefined {
    return this.#options.name;
  }

  /** Its last good apps as all clusters know them; undefined where it has never answered. */
  get cluster(): Cluster | undefined {
    return this.#seen;
  }

  /** Why it did not answer last. */
  get failure(): string | undefined {
    return this.#failing?.message;
  }

  /** Set while it does not answer for long. */
  alarm(): AlarmReport | undefined {
    const { clock, alarmAfter } = this.#options;
    if (!this.#failing || clock.monotonic() - this.#failing.since < alarmAfter) return undefined;
    return {
      subject: this.title,
      message: `${this.title}: ${this.#failing.message}; its last good apps stay in service`,
    };
  }

  /** Asks for changes until the signal is aborted, and keeps a copy of what is good. */
  async follow(signal: AbortSignal): Promise<void> {
    const work = {
      run: (reasons: readonly string[], named: ReadonlySet<string> | undefined, signal: AbortSignal) =>
        this.#ask(reasons, named, signal),
    };
    await this.loop.follow(work, signal);
    await this.#copy();
  }

  /** Asks at the start. @throws {Error} when it gives no answer */
  begin(signal: AbortSignal): Promise<void> {
    return this.#first ??= this.#fetch(["the start"], undefined, signal).finally(() =>
      this.#first = undefined
    );
  }

  async #ask(
    reasons: readonly string[],
    named: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#first?.catch(() => {/* its caller knows */});
    await this.#fetch(reasons, named, signal);
  }

  /**
   * Asks the cluster.
   *
   * @param named ids as the cluster itself knows them; undefined where any app may have changed
   * @throws {Error} when it gives no answer
   */
  async #fetch(
    reasons: readonly string[],
    named: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { source, clock, logger, changed, alarmed } = this.#options;
    let reading: ClusterReading;
    try {
      reading = await source.fetch(named, signal);
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      this.#failing = { since: this.#failing?.since ?? clock.monotonic(), message };
      alarmed();
      throw error;
    }
    if (this.#failing) {
      this.#failing = undefined;
      this.recovered.ring();
      alarmed();
    }
    const before = this.#apps;
    const heldFor = this.#guard.hold(
      before && served(before),
      served(reading.cluster),
      clock.monotonic(),
      reading,
    );
    if (heldFor > 0) {
      logger.warning(
        `${this.title}: its answer removes nearly everything (${reading.cluster.apps.size} apps are left); ` +
          `applying it if it is confirmed in ${(heldFor / 1000).toFixed(0)} s (--mass-removal-delay)`,
      );
      this.#later(heldFor, signal, () => this.loop.tick("an answer that was held back"));
      return;
    }
    const isNews = reading.cluster !== before || this.#seen === undefined;
    this.#take(reading.cluster);
    if (isNews) changed(`${this.title} (${reasons.join(", ")})`);
    if (source.unready().length > 0) {
      this.#later(readinessPause, signal, () => {
        for (const id of source.unready()) this.loop.tick("a readiness check under way", id);
      });
    }
    if (isNews && clock.monotonic() - this.#copiedAt >= copySpacing) await this.#copy();
  }

  /** Takes what an earlier process found good, if there is any. */
  async takeCopy(): Promise<void> {
    const { logger } = this.#options;
    try {
      const text = await readFileIfExists(this.#path);
      const kept: unknown = text === undefined ? undefined : JSON.parse(text);
      if (!isObject(kept) || kept.form !== copyForm || !Array.isArray(kept.apps)) return;
      const apps = new Map((kept.apps as App[]).map((app) => [app.id, app]));
      this.#take({ apps, problems: new Map() });
      logger.warning(`${this.title}: it has not answered yet; serving its last good apps from ${this.#path}`);
    } catch (error) {
      logger.warning(`${this.title}: the copy of its apps cannot be used: ${(error as Error).message}`);
    }
  }

  #take(cluster: Cluster): void {
    if (this.#apps === cluster && this.#seen) return;
    this.#apps = cluster;
    this.#seen = this.#view ? this.#view.of(cluster) : cluster;
  }

  get #path(): string {
    const { keepIn, name } = this.#options;
    return join(keepIn, name === undefined ? ".marathon-apps.json" : `.marathon-apps-${name}.json`);
  }

  /** Resolves when no copy is being written. */
  async settle(): Promise<void> {
    await this.#copying;
  }

  #copy(): Promise<void> {
    return this.#copying = this.#copying.then(() => this.#writeCopy());
  }

  async #writeCopy(): Promise<void> {
    const apps = this.#apps;
    if (!apps || apps === this.#copied) return;
    this.#copiedAt = this.#options.clock.monotonic();
    try {
      await writeFileAtomically(
        this.#path,
        JSON.stringify({ form: copyForm, apps: [...apps.apps.values()] }),
      );
      this.#copied = apps;
    } catch (error) {
      this.#options.logger.warning(
        `${this.title}: no copy of its apps is kept: ${(error as Error).message}; ` +
          "after a restart they are served when it answers",
      );
    }
  }

  #later(milliseconds: number, signal: AbortSignal, act: () => void): void {
    this.#options.clock.sleep(milliseconds, signal).then(act, () => {/* stopped */});
  }
}

function served({ apps }: Cluster): Served {
  let servers = 0;
  for (const { tasks } of apps.values()) servers += tasks.length;
  return { backends: apps.size, servers };
}

/** A logger that says of which cluster a line is. */
export function prefixed(logger: Logger, prefix: string): Logger {
  const log = (level: "debug" | "info" | "warning" | "error"): Logger["debug"] => (message, fields) =>
    logger[level](`${prefix}: ${message}`, fields);
  return {
    debug: log("debug"),
    info: log("info"),
    warning: log("warning"),
    error: log("error"),
    named: (name) => prefixed(logger.named(name), prefix),
  };
}

export interface ClustersOptions extends ClusterSettings {
  /** What an earlier process left on disk. */
  readonly incumbents: () => Promise<Pick<Incumbents, "names">>;
  readonly changed: ClusterMemberOptions["changed"];
  readonly alarm?: (reports: readonly AlarmReport[]) => void;
}

/** Several clusters as one. Each keeps its last good apps while it is away, and none waits for another. */
export class Clusters {
  readonly members: readonly ClusterMember[];
  readonly #options: ClustersOptions;
  #joined: Cluster = emptyCluster;
  /** Whether the start has asked all of them, and whether what is known may be served without the others. */
  #asked = false;
  #complete = false;
  #made: readonly unknown[] = [];

  /** @param sources that of `--marathon`, which has no name, and those of `--cluster`, in their order */
  constructor(
    sources: readonly { readonly name?: string; readonly source: ClusterMemberOptions["source"] }[],
    options: ClustersOptions,
  ) {
    this.#options = options;
    this.members = sources.map(({ name, source }, place) =>
      new ClusterMember({ ...options, name, place, source, alarmed: () => this.#alarm() })
    );
  }

  /**
   * What is known of all clusters: nothing is asked here, but at the start.
   *
   * @throws {Error} when a cluster has never answered whose apps HAProxy may serve, or none has
   */
  async fetch(_named: ReadonlySet<string> | undefined, signal: AbortSignal): Promise<ClusterReading> {
    if (!this.#complete) await this.#begin(signal);
    const from = this.#joined;
    const parts = this.members.map(({ cluster }) => cluster ?? emptyCluster);
    if (parts.some((part, index) => part !== this.#made[index])) {
      this.#joined = joinClusters(parts);
      this.#made = parts;
    }
    return { cluster: this.#joined, changes: compareClusters(from, this.#joined), from, partial: false };
  }

  /** Asks all clusters again. */
  ask(reason: string): void {
    for (const { loop } of this.members) loop.tick(reason);
  }

  async #begin(signal: AbortSignal): Promise<void> {
    if (!this.#asked) await this.#askAll(signal);
    const away = this.members.filter(({ cluster }) => !cluster);
    const [first] = away;
    if (first) {
      const reason = `${first.title}: ${first.failure ?? `no answer within ${patience / 1000} s`}`;
      if (away.length === this.members.length) throw new Error(reason);
      const { names } = await this.#options.incumbents();
      if ([...names.keys()].some((name) => away.includes(this.#memberOf(name)))) {
        throw new Error(
          `${reason.replace(/[.]$/, "")}; HAProxy serves its apps from the files on disk, which stay`,
        );
      }
      this.#options.logger.warning(`${reason.replace(/[.]$/, "")}; serving the apps of the other clusters`);
    }
    this.#complete = true;
  }

  async #askAll(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const pause = this.#options.clock.sleep(patience, AbortSignal.any([signal, stop.signal]));
    const asked = this.members.map((member) =>
      member.begin(signal).catch(() => {/* the member knows why */})
    );
    await Promise.race([Promise.all(asked), pause.catch(() => {/* stopped */})]);
    stop.abort();
    signal.throwIfAborted();
    this.#asked = true;
    for (const member of this.members) if (!member.cluster) await member.takeCopy();
  }

  /** Whose backend this is, by its name. */
  #memberOf(backend: string): ClusterMember {
    return this.members.find(({ name }) => name !== undefined && backend.startsWith(`${name}:`)) ??
      this.members[0]!;
  }

  #alarm(): void {
    this.#options.alarm?.(this.members.flatMap((member) => member.alarm() ?? []));
  }
}
