import type { ConfigurationFiles } from "../../core/plan/ConfigurationFiles.ts";
import type { Plan, RuntimePlan } from "../../core/plan/Plan.ts";
import type { RunningHaproxy } from "../../core/plan/planUpdate.ts";
import { restingServers } from "../../core/plan/restingServers.ts";
import { sameFiles } from "../../core/plan/sameFiles.ts";
import { serverKey } from "../../core/plan/ServerChange.ts";
import type { Configuration } from "../../core/render/Configuration.ts";
import type { Clock } from "../clock/Clock.ts";
import type { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import type { HaproxyRuntime } from "../haproxy/HaproxyRuntime.ts";
import type { Turns } from "../haproxy/Turns.ts";
import type { Logger } from "../log/Logger.ts";
import type { Reload } from "./Synchroniser.ts";
import type { SyncObserver } from "./SyncObserver.ts";
import { WriteBehind } from "./WriteBehind.ts";

export interface ApplierOptions {
  readonly store: ConfigurationStore;
  readonly reload: Reload;
  /** Carries out runtime commands; undefined where every change is a reload. */
  readonly runtime?: Pick<HaproxyRuntime, "facts" | "update" | "forget">;
  /** Shared with whoever else has HAProxy reloaded: what it loads must be what the files say when it is done. */
  readonly turns: Turns;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: Pick<SyncObserver, "reloaded" | "runtimeUpdated" | "fellBack">;
  /** Told what HAProxy said when it did not take a configuration over. */
  readonly refused: (
    failure: string,
    given: Configuration | undefined,
    live: Configuration | undefined,
  ) => void;
  /** Asks for another synchronisation: something could not be finished behind the last one. */
  readonly again: (reason: string) => void;
}

/** What is on disk, and what HAProxy has loaded where that is known to be the same. */
export interface Base {
  readonly files: ConfigurationFiles | undefined;
  readonly haproxy: RunningHaproxy | undefined;
}

/** HAProxy did not take over a configuration; the files are as they were. */
export class ReloadRefused extends Error {}

/** Brings configurations to the disk and into HAProxy, so that both say the same whatever fails. */
export class Applier {
  readonly #options: ApplierOptions;
  /** What the files hold that HAProxy was given last. */
  #given: Configuration | undefined;
  /** What HAProxy has loaded. */
  #live: Configuration | undefined;
  /** Whether files were put in place that HAProxy has not taken over, with nothing to go back to. */
  #owed = false;
  /** Writes what HAProxy took over by commands, and tells of it. */
  readonly #writer: WriteBehind<Configuration>;
  /**
   * Servers of backends that are not as they should be: HAProxy may have followed some commands for them, or somebody else
   * has given it some. Until it is reloaded, nothing says what it runs.
   */
  #astray: readonly string[] | undefined;
  /** The files that are being replaced. */
  #before: ConfigurationFiles | undefined;

  constructor(options: ApplierOptions) {
    this.#options = options;
    const { store, clock, again } = options;
    this.#writer = new WriteBehind({
      write: async (configuration) => {
        await store.commit(configuration);
        this.#given = configuration;
        await store.publish();
      },
      failed: () => again("files that could not be written"),
      clock,
    });
  }

  /** The configuration that HAProxy was given last. */
  get given(): Configuration | undefined {
    return this.#given;
  }

  /** What HAProxy is known to have loaded. */
  get live(): Configuration | undefined {
    return this.#live;
  }

  /** Whether HAProxy has to load the files, even if they stay as they are. */
  get owesReload(): boolean {
    return this.#owed || this.#astray !== undefined;
  }

  /**
   * Servers that rest in HAProxy because they drain or are gone, by `serverKey`, or are not as they should be: a HAProxy that
   * is loaded anew has to have them as the file says then.
   */
  get resting(): ReadonlySet<string> {
    const leftovers = this.#options.runtime?.facts?.leftovers.keys() ?? [];
    const loaded = this.#live ?? this.#before;
    return new Set([...loaded ? restingServers(loaded) : [], ...leftovers, ...this.#astray ?? []]);
  }

  /** What a plan has to start from. */
  async base(): Promise<Base> {
    const { store, runtime } = this.#options;
    const live = this.#live;
    if (live && !this.owesReload && (this.#writer.behind || store.isAsWritten())) {
      return { files: live, haproxy: { configuration: live, facts: runtime?.facts } };
    }
    return { files: await store.read(), haproxy: undefined };
  }

  /** HAProxy was started anew, with the files on disk. */
  restarted(): void {
    const { runtime, again } = this.#options;
    runtime?.forget();
    this.#astray = undefined;
    if (!this.#writer.behind) return;
    this.#live = undefined;
    this.#owed = true;
    again("a start of HAProxy with files that were older than what ran");
  }

  /** Resolves when the files say what HAProxy runs. @throws {Error} when they cannot be written */
  settle(): Promise<void> {
    return this.#writer.settle();
  }

  /**
   * Carries out a plan. Resolves to how the change was made.
   *
   * @throws {ReloadRefused} when HAProxy does not take it over
   * @throws {Error} when files cannot be written
   */
  apply(
    plan: Plan,
    configuration: Configuration,
    base: Base,
    signal: AbortSignal,
  ): Promise<"nothing" | "by commands" | "by a reload"> {
    return this.#options.turns.take(async () => {
      signal.throwIfAborted();
      if (plan.kind === "nothing") return await this.#catchUp(configuration, base, signal);
      if (plan.kind === "runtime" && await this.#command(plan, configuration, signal)) return "by commands";
      if (plan.kind === "reload" && plan.why !== undefined) this.#options.observer?.fellBack(plan.why);
      await this.#replace(configuration, base.files, plan.reasons, signal);
      return "by a reload";
    });
  }

  /** Has HAProxy load the files on disk as they are. @throws {Error} when it does not */
  reloadFiles(signal: AbortSignal, reasons: readonly string[]): Promise<void> {
    const { store, logger } = this.#options;
    return this.#options.turns.take(async () => {
      await this.#writer.settle();
      this.#owed = true;
      const files = await store.read();
      const result = await this.#reload(reasons, signal);
      if (!result.ok) throw new Error(`HAProxy did not reload ${store.configFile}: ${result.reason}`);
      this.#owed = false;
      // Somebody may have edited them: then only their text is known.
      if (!files || !this.#given || !sameFiles(files, this.#given)) this.#live = undefined;
      else this.#live = this.#given;
      logger.info(`Reloaded ${store.configFile} as it is on disk`);
    });
  }

  /** Nothing differs from what HAProxy runs, or is in the files: what an earlier failure left undone is done now. */
  async #catchUp(
    configuration: Configuration,
    base: Base,
    signal: AbortSignal,
  ): Promise<"nothing" | "by a reload"> {
    // Files of an earlier process are known from here on, and not read again while nobody else writes them.
    if (this.#writer.failed || !base.haproxy) await this.#writer.settle();
    if (!base.haproxy) await this.#options.store.commit(configuration);
    if (!this.#writer.behind) this.#given = configuration;
    if (!this.owesReload) {
      this.#live = configuration;
      return "nothing";
    }
    const result = await this.#reload(["files that HAProxy had not taken over"], signal);
    if (!result.ok) throw new ReloadRefused(`HAProxy did not take over the files on disk: ${result.reason}`);
    this.#owed = false;
    this.#given = this.#live = configuration;
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
      this.#astray = [...present, ...plan.changes.map(({ backend, server }) => serverKey(backend, server))];
      observer?.fellBack(failure);
      logger.warning(`HAProxy did not follow runtime commands, it is reloaded: ${failure}`);
      return false;
    }
    this.#live = configuration;
    const failed = this.#writer.failed;
    this.#writer.follow(configuration);
    if (failed) await this.#writer.settle();
    return true;
  }

  async #replace(
    configuration: Configuration,
    before: ConfigurationFiles | undefined,
    reasons: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    this.#before = before;
    const unwritten = await this.#writer.cancel();
    try {
      await this.#options.store.commit(configuration);
    } catch (error) {
      if (unwritten) this.#writer.follow(unwritten);
      throw error;
    }
    [this.#owed, this.#given] = [true, configuration];
    try {
      const result = await this.#reload(reasons, signal);
      if (result.ok) {
        this.#owed = false;
        this.#live = configuration;
      } else if (result.down) {
        // It may be down because of the old files. The new ones are valid, and it is started with them.
        this.#live = undefined;
        throw new Error(`The new configuration is in place for the next start of HAProxy: ${result.reason}`);
      } else {
        await this.#putBack(before, unwritten);
        throw new ReloadRefused(
          `HAProxy did not take the new configuration over, the old one stays: ${result.reason}`,
        );
      }
    } catch (error) {
      if (signal.aborted) await this.#putBack(before, unwritten);
      throw error;
    }
  }

  async #reload(reasons: readonly string[], signal: AbortSignal): ReturnType<Reload> {
    const { reload, runtime, refused, clock, observer, store } = this.#options;
    const began = clock.monotonic();
    const result = await reload(signal);
    // A HAProxy that is down is started with the files.
    if (result.ok || result.down) await store.unpublish();
    if (result.ok) {
      runtime?.forget();
      this.#astray = undefined;
    }
    if (result.ok && result.later) return result;
    const failure = result.ok ? undefined : result.reason;
    if (failure !== undefined) refused(failure, this.#given, this.#live);
    observer?.reloaded({ reasons, milliseconds: clock.monotonic() - began, failure });
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
    this.#owed = false;
    if (unwritten) this.#writer.follow(unwritten);
  }
}
