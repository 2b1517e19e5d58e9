import {
  filesOf,
  isStarting,
  leftoversIn,
  liveOf,
  type Loaded,
  type LoadedEvent,
  next,
  nothingLoaded,
  notStarted,
  owesReload,
  restingIn,
} from "../../core/plan/loaded.ts";
import {
  type ConfigurationFiles,
  type Plan,
  type RuntimeFacts,
  type RuntimePlan,
  sameFiles,
  serverKey,
} from "../../core/plan/plan.ts";
import { planUpdate, type RunningHaproxy } from "../../core/plan/planUpdate.ts";
import type { Configuration } from "../../core/render/configuration.ts";
import type { Clock } from "../system/clock.ts";
import type { ConfigurationStore } from "./store.ts";
import { Turns } from "../system/turns.ts";
import { Afterwards, type AfterwardsOptions } from "./afterwards.ts";
import type { SyncObserver } from "../../core/status/observer.ts";
import { WriteBehind } from "./writeBehind.ts";

/** Makes HAProxy load the files on disk; `later` when it does not run yet and is started with them. */
export type Reload = (
  signal: AbortSignal,
) => Promise<{ ok: true; later?: true } | { ok: false; reason: string; down?: true }>;

export interface LedgerOptions {
  readonly store: Pick<ConfigurationStore, "commit" | "publish">;
  readonly clock: Clock;
  /** Whether HAProxy is started later. Until `started` is called, only the files count, and nothing is reloaded. */
  readonly startsLater?: boolean;
  /** Asks for another synchronisation: something could not be finished behind the last one. */
  readonly again: (reason: string) => void;
  /** How many requests to load the files have come so far; none by default. */
  readonly asked?: () => number;
}

/**
 * Owns what is on disk and what HAProxy has loaded, and writes later what HAProxy adopted by commands. It needs no
 * HAProxy: what starts and reloads one is built on it.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  /** Writes what HAProxy adopted by commands, and reports it. */
  readonly writer: WriteBehind<Configuration>;
  #state: Loaded;
  #answered = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
    const { store, clock, again, startsLater = false } = options;
    this.#state = startsLater ? notStarted : nothingLoaded;
    this.writer = new WriteBehind({
      write: async (configuration) => {
        await store.commit(configuration);
        await store.publish();
        this.note({ kind: "written", configuration });
      },
      failed: () => again("files that could not be written"),
      clock,
    });
  }

  get state(): Loaded {
    return this.#state;
  }

  note(event: LoadedEvent): void {
    this.#state = next(this.#state, event);
  }

  /**
   * Servers, by `serverKey`, whose state in HAProxy is not that of the file, for example because they drain or are
   * gone. A HAProxy that is loaded again has to use the state of the file for them.
   */
  get resting(): ReadonlySet<string> {
    return new Set(restingIn(this.#state));
  }

  /** HAProxy was started, with the files on disk: after the first time another one than ran before. */
  started(): void {
    const wasOwing = this.#state.kind === "owing";
    this.note({ kind: "started" });
    const isOwing = this.#state.kind === "owing" && !wasOwing;
    if (!isOwing && !this.writer.behind) return;
    this.#options.again("a start of HAProxy with files that were older than what ran");
  }

  /** Asks for another synchronisation. */
  again(reason: string): void {
    this.#options.again(reason);
  }

  /** Resolves when the files say what HAProxy runs. @throws {Error} when they cannot be written */
  settle(): Promise<void> {
    return this.writer.settle();
  }

  /**
   * How many requests to load the files are answered: those that had arrived when HAProxy's last successful load began.
   */
  get answered(): number {
    return this.#answered;
  }

  /** A load of the files begins. @returns what is to be called when HAProxy has done it */
  beginLoad(): () => void {
    const asked = this.#options.asked?.() ?? 0;
    return () => this.#answered = asked;
  }
}

export interface ApplierOptions extends Omit<AfterwardsOptions, "turns"> {
  readonly ledger: Ledger;
  readonly store: ConfigurationStore;
  readonly reload: Reload;
  readonly observer?: Pick<SyncObserver, "reloaded" | "runtimeUpdated" | "fellBack">;
  /** Called with HAProxy's message when it did not load a configuration. */
  readonly refused: (
    failure: string,
    given: Configuration | undefined,
    live: Configuration | undefined,
  ) => void;
}

/** What is on disk, and what HAProxy has loaded where that is known to be the same. */
export interface Base {
  readonly files: ConfigurationFiles | undefined;
  readonly haproxy: RunningHaproxy | undefined;
}

/** What asks for a reload. A plan's reasons are computed when they are read, so nothing reads them before. */
type Cause = { readonly reasons: readonly string[] };

/** HAProxy did not load a configuration; the files are as they were. */
export class ReloadRefused extends Error {}

/** Brings configurations to the disk and into HAProxy, so that both say the same whatever fails. */
export class Applier {
  readonly #options: ApplierOptions;
  /** One change or reload at a time: at its end, HAProxy must have loaded what the files say. */
  readonly #turns = new Turns();
  readonly #ledger: Ledger;
  readonly #writer: WriteBehind<Configuration>;
  readonly #afterwards: Afterwards;

  constructor(options: ApplierOptions) {
    this.#options = options;
    this.#ledger = options.ledger;
    this.#writer = options.ledger.writer;
    this.#afterwards = new Afterwards({ ...options, turns: this.#turns });
  }

  /** The configuration that HAProxy was given last. */
  get given(): Configuration | undefined {
    return filesOf(this.#ledger.state);
  }

  /** What HAProxy is known to have loaded. */
  get live(): Configuration | undefined {
    return liveOf(this.#ledger.state);
  }

  /** Whether HAProxy has to load the files, even if they stay as they are. */
  get owesReload(): boolean {
    return owesReload(this.#ledger.state);
  }

  /** What a plan has to start from. */
  async base(): Promise<Base> {
    const { store } = this.#options;
    const { live } = this;
    if (live && !this.owesReload && (this.#writer.behind || store.isAsWritten())) {
      return { files: live, haproxy: this.#running };
    }
    return { files: await store.read(), haproxy: undefined };
  }

  get #running(): RunningHaproxy | undefined {
    const { live } = this;
    return live && { configuration: live, facts: this.#facts };
  }

  /** Whether a plan has a removed server return that was deleted since. */
  #isStale(plan: Plan): boolean {
    if (plan.kind !== "runtime") return false;
    const leftovers = leftoversIn(this.#ledger.state);
    return plan.changes.some(({ kind, backend, server }) =>
      kind === "return" && !leftovers.has(serverKey(backend, server))
    );
  }

  get #facts(): RuntimeFacts | undefined {
    const { runtime } = this.#options;
    const { state } = this.#ledger;
    if (!runtime || isStarting(state)) return undefined;
    return { ...runtime.abilities, leftovers: leftoversIn(state), ...this.#afterwards.facts };
  }

  /**
   * Carries out a plan. Resolves to how the change was made.
   *
   * @throws {ReloadRefused} when HAProxy does not take it over
   * @throws {Error} when files cannot be written
   */
  apply(
    planned: Plan,
    configuration: Configuration,
    base: Base,
    signal: AbortSignal,
  ): Promise<"nothing" | "by commands" | "by a reload"> {
    return this.#turns.take(async () => {
      signal.throwIfAborted();
      const plan = this.#isStale(planned) ? planUpdate(base.files, configuration, this.#running) : planned;
      if (plan.kind === "nothing") return await this.#catchUp(configuration, base, signal);
      if (plan.kind === "runtime" && await this.#command(plan, configuration, signal)) {
        await this.#afterwards.deleteRemoved(signal);
        return "by commands";
      }
      if (plan.kind === "reload" && plan.why !== undefined) this.#options.observer?.fellBack(plan.why);
      await this.#replace(configuration, base.files, plan, signal);
      return "by a reload";
    });
  }

  /** Has HAProxy load the files on disk as they are. @throws {Error} when it does not */
  reloadFiles(signal: AbortSignal, reasons: readonly string[]): Promise<void> {
    const { store, logger } = this.#options;
    return this.#turns.take(async () => {
      await this.#writer.settle();
      this.#ledger.note({ kind: "asked" });
      const result = await this.#reread(await store.read(), reasons, signal);
      if (!result.ok) throw new Error(`HAProxy did not reload ${store.configFile}: ${result.reason}`);
      logger.info(`Reloaded ${store.configFile} as it is on disk`);
    });
  }

  /**
   * Has HAProxy load the files again for what has changed beside them, such as a certificate. A failure owes nothing: HAProxy
   * runs what the files say. Rejects only when the signal is aborted.
   */
  reloadBeside(reasons: readonly string[], signal: AbortSignal): ReturnType<Reload> {
    return this.#turns.take(async () => {
      let files: ConfigurationFiles | undefined;
      try {
        // Not files that lack a change which HAProxy has by commands.
        await this.#writer.settle();
        files = await this.#options.store.read();
      } catch (error) {
        const { message: reason } = error as Error;
        this.#options.observer?.reloaded({ reasons, milliseconds: 0, failure: reason, beside: true });
        return { ok: false, reason };
      }
      return await this.#reread(files, reasons, signal);
    });
  }

  /** Runs work that changes what HAProxy has loaded beside the files, such as a certificate, while no reload is under way. */
  between<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(work);
  }

  /** Does later what commands have left, as {@link Afterwards.follow} does. */
  followRemoved(signal: AbortSignal): Promise<void> {
    return this.#afterwards.follow(signal);
  }

  async #reread(
    files: ConfigurationFiles | undefined,
    reasons: readonly string[],
    signal: AbortSignal,
  ): ReturnType<Reload> {
    const result = await this.#reload({ reasons }, signal, true);
    // Files that were edited by hand are known by their text alone.
    const edited = !files || !this.given || !sameFiles(files, this.given);
    if (result.ok) this.#ledger.note({ kind: "reread", edited });
    return result;
  }

  /** Nothing differs from what HAProxy runs, or from the files: only what an earlier failure left is done now. */
  async #catchUp(
    configuration: Configuration,
    base: Base,
    signal: AbortSignal,
  ): Promise<"nothing" | "by a reload"> {
    // From here on, files of an earlier process are known. They are not read again while no other process writes them.
    if (this.#writer.failed || !base.haproxy) await this.#writer.settle();
    if (!base.haproxy) await this.#options.store.commit(configuration);
    if (!this.owesReload) {
      this.#ledger.note({ kind: "confirmed", configuration });
      return "nothing";
    }
    if (!this.#writer.behind) this.#ledger.note({ kind: "written", configuration });
    const result = await this.#reload({ reasons: ["files that HAProxy had not loaded"] }, signal);
    if (!result.ok) throw new ReloadRefused(`HAProxy did not load the files on disk: ${result.reason}`);
    this.#ledger.note({ kind: "loaded", configuration });
    return "by a reload";
  }

  /** Resolves to whether HAProxy has taken the change over. */
  async #command(plan: RuntimePlan, configuration: Configuration, signal: AbortSignal): Promise<boolean> {
    const { runtime, clock, logger, observer } = this.#options;
    const began = clock.monotonic();
    const outcome = await runtime!.update(plan, signal);
    const failure = outcome.ok ? undefined : outcome.reason;
    observer?.runtimeUpdated({
      kind: "servers",
      reasons: plan.reasons,
      commands: outcome.commands,
      milliseconds: clock.monotonic() - began,
      failure,
    });
    if (failure !== undefined) {
      const present = [...plan.backends].flatMap(([backend, servers]) =>
        servers.map((server) => serverKey(backend, server))
      );
      const changed = plan.changes.map(({ backend, server }) => serverKey(backend, server));
      this.#ledger.note({ kind: "strayed", servers: [...present, ...changed] });
      observer?.fellBack(failure);
      logger.warning(`Runtime commands failed, reloading HAProxy: ${failure}`);
      return false;
    }
    const { changes, departures, ports } = plan;
    const at = clock.monotonic();
    this.#ledger.note({ kind: "commanded", configuration, changes, arrivals: { departures, ports, at } });
    this.#afterwards.note(plan);
    const failed = this.#writer.failed;
    this.#writer.follow(configuration);
    if (failed) await this.#writer.settle();
    return true;
  }

  async #replace(
    configuration: Configuration,
    before: ConfigurationFiles | undefined,
    cause: Cause,
    signal: AbortSignal,
  ): Promise<void> {
    const unwritten = await this.#writer.cancel();
    try {
      await this.#options.store.commit(configuration);
    } catch (error) {
      if (unwritten) this.#writer.follow(unwritten);
      throw error;
    }
    this.#ledger.note({ kind: "replaced", configuration, before });
    try {
      const result = await this.#reload(cause, signal);
      if (result.ok) {
        this.#ledger.note({ kind: "loaded", configuration });
      } else if (result.down) {
        // It may be down because of the old files. The new ones are valid, and it is started with them.
        this.#ledger.note({ kind: "down" });
        throw new Error(`The new configuration is in place for the next start of HAProxy: ${result.reason}`);
      } else {
        await this.#putBack(before, unwritten);
        throw new ReloadRefused(
          `HAProxy did not load the new configuration, the old one stays: ${result.reason}`,
        );
      }
    } catch (error) {
      if (signal.aborted) await this.#putBack(before, unwritten);
      throw error;
    }
  }

  /** @param beside whether something else than a plan asks for it */
  async #reload(
    cause: Cause,
    signal: AbortSignal,
    beside = false,
  ): ReturnType<Reload> {
    const { reload, refused, clock, observer, store } = this.#options;
    const began = clock.monotonic();
    const done = this.#ledger.beginLoad();
    const result = isStarting(this.#ledger.state)
      ? { ok: true as const, later: true as const }
      : await reload(signal);
    if (result.ok) done();
    // A HAProxy that is down is started with the files.
    if (result.ok || result.down) await store.unpublish();
    if (result.ok && result.later) return result;
    const failure = result.ok ? undefined : result.reason;
    if (failure !== undefined) refused(failure, this.given, this.live);
    const milliseconds = clock.monotonic() - began;
    const { reasons } = cause;
    observer?.reloaded({ reasons, milliseconds, failure, ...beside ? { beside } : {} });
    return result;
  }

  /**
   * The files must say what runs: a later start would fail on ones that do not work.
   *
   * @param unwritten what of it had not been on the disk
   */
  async #putBack(
    before: ConfigurationFiles | undefined,
    unwritten: Configuration | undefined,
  ): Promise<void> {
    if (!before) return;
    await this.#options.store.restore(before);
    this.#ledger.note({ kind: "restored" });
    if (unwritten) this.#writer.follow(unwritten);
  }
}
