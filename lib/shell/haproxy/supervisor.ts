import { rm } from "node:fs/promises";
import type { Logger } from "../log/logger.ts";
import { type Clock, settlesWithin } from "../system/clock.ts";
import { coalesce } from "../system/turns.ts";
import { forgetCounters } from "./counters.ts";
import { findLeftover, stopLeftovers, whyNotAdoptable } from "./leftovers.ts";
import {
  adoptMaster,
  describeExit,
  endedSignal,
  type HaproxyCommand,
  type HaproxyMaster,
  HaproxyOutput,
  masterSocketWord,
  spawnMaster,
  stopMaster,
} from "./master.ts";
import { leftoverMasters, masterPids } from "./processes.ts";
import { reloadMaster, type ReloadResult, waitUntilReady } from "./reload.ts";
import { MasterSocket } from "./socket.ts";

export interface HaproxySupervisorOptions {
  /** Path of the HAProxy executable. */
  haproxy: string;
  /** The file HAProxy reads at each start and reload. */
  configFile: string;
  /** Where HAProxy makes its master socket. At most about 90 characters, without a comma. */
  masterSocket: string;
  /** Whether HAProxy writes to our standard output itself. */
  ownOutput?: boolean;
  /** HAProxy's environment, all of it: no credential belongs in it. The Lua scripts read MARATHON_LB_CONTROL_SOCKET. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  logger: Logger;
  /** Milliseconds that requests may take to end when HAProxy is stopped. */
  shutdownTimeout: number;
  /** Milliseconds that a reload may take. */
  reloadTimeout?: number;
  /** The `server-state-file` of the configuration: written before each reload where given. */
  serverStateFile?: string;
  /** The `stats-file` of the configuration: counters survive reloads where given. */
  countersFile?: string;
  /** Servers that it says nothing of, as `backend/server`: they rest only because the configuration says so now. */
  resting?: () => ReadonlySet<string>;
  /** Resolves when `configFile` says what HAProxy runs: waited for before it is started again. */
  settled?: () => Promise<void>;
  observer?: HaproxyObserver;
}

/** Keeps one HAProxy running: starts it, reloads it, restarts it when it dies, and stops it without leftovers. */
export class HaproxySupervisor {
  /** For commands to HAProxy while it runs. */
  readonly socket: MasterSocket;
  readonly #options: HaproxySupervisorOptions;
  readonly #logger: Logger;
  readonly #output: HaproxyOutput;
  readonly #stopping = new AbortController();
  readonly #killing = new AbortController();
  #master: HaproxyMaster | undefined;
  /** Masters of earlier starts that were not adopted and still serve. */
  #leftovers: readonly number[] = [];
  #launching: Promise<unknown> | undefined;
  #reloading: Promise<ReloadResult> | undefined;
  #watching: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #left: Promise<void> | undefined;
  /** Why HAProxy could not be started again, while it cannot. */
  #notStarted = "";

  /**
   * Loads the file on disk. One at a time: during a reload, all calls share one more after it. A failed reload leaves the
   * configuration before in service.
   */
  readonly reload: () => Promise<ReloadResult> = coalesce(() => this.#reloading = this.#reload());

  constructor(options: HaproxySupervisorOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.#output = new HaproxyOutput(options.logger.named("haproxy"), options.clock);
    this.socket = new MasterSocket(options.masterSocket, { clock: options.clock });
  }

  /**
   * Adopts an HAProxy that a killed marathon-lb left behind, and supervises it from then on. It keeps serving what it
   * has loaded, and needs a reload. Resolves to false when there is none, or when it differs from what `start` would
   * start. The log has the reason.
   */
  async adopt(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const pid = await findLeftover(this.socket, { clock, signal });
    this.#leftovers = await leftoverMasters(masterSocketWord(this.#command));
    if (pid === undefined) return false;
    const reason = await whyNotAdoptable(pid, this.#command, this.socket, signal);
    if (reason !== undefined) {
      this.#logger.warning(`Cannot adopt the HAProxy of an earlier start (process ${pid}): ${reason}`);
      return false;
    }
    this.#master = adoptMaster(pid, clock);
    this.#leftovers = [];
    this.#options.observer?.haproxyStarted();
    this.#watching = this.#watch(this.#master);
    this.#logger.warning(
      `Adopted the HAProxy of an earlier start (process ${pid}), which kept serving; its log lines do not ` +
        "reach this log until it restarts",
    );
    return true;
  }

  /**
   * Starts HAProxy and from then on keeps it running. Resolves when its worker serves. When it does not come up,
   * rejects with HAProxy's message, and nothing runs.
   */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, masterSocket } = this.#options;
    await findLeftover(this.socket, { clock, signal });
    await stopLeftovers(masterSocket, { clock, logger: this.#logger, signal });
    this.#leftovers = [];
    const launched = this.#launch(AbortSignal.any([signal, this.#stopping.signal]));
    this.#watching = launched.then(
      (master) => this.#watch(master),
      () => {/* the caller of start gets the error */},
    );
    await launched;
  }

  /** Stops HAProxy softly, and hard after the shutdown time-out. Resolves when no process of it is left. */
  stop(): Promise<void> {
    this.#stopping.abort(new Error("HAProxy is being stopped"));
    return this.#stopped ??= this.#stop();
  }

  /**
   * Ends the supervision and leaves HAProxy running, for `adopt` of a next start. Resolves when no reload is under way, or
   * one has not ended within the shutdown time-out. A HAProxy that is just being started is stopped.
   */
  leave(): Promise<void> {
    this.#stopping.abort(new Error("HAProxy is left to the next start"));
    return this.#left ??= this.#leave();
  }

  /** Stops HAProxy at once, even during `stop`. Resolves when no process of it is left. */
  kill(): Promise<void> {
    this.#killing.abort(new Error("HAProxy is being killed"));
    this.#master?.kill();
    return this.stop();
  }

  /**
   * The master and its workers, including old ones that still drain. Before the start, those of an earlier start that
   * it replaces. Empty while HAProxy does not run.
   */
  pids(): number[] {
    return this.#master?.pids() ?? this.#leftovers.flatMap(masterPids);
  }

  get #command(): HaproxyCommand {
    const { haproxy: path, configFile, masterSocket, ownOutput, env } = this.#options;
    return { path, configFile, masterSocket, ownOutput, env };
  }

  #launch(signal: AbortSignal): Promise<HaproxyMaster> {
    const launching = this.#spawn(signal);
    this.#launching = launching.catch(() => {/* its caller gets the error */});
    return launching;
  }

  async #spawn(signal: AbortSignal): Promise<HaproxyMaster> {
    signal.throwIfAborted();
    const { clock, countersFile: file, logger } = this.#options;
    if (file !== undefined) await forgetCounters({ file, logger });
    this.#output.forget();
    const master = await spawnMaster(this.#command, (line) => this.#output.add(line));
    master.exited.then(() => this.#output.flush());
    try {
      const over = endedSignal(master, (exit) => `HAProxy did not start, ${exit}: ${this.#output.failure()}`);
      await waitUntilReady(this.socket, clock, AbortSignal.any([signal, over]));
      signal.throwIfAborted();
      this.#options.observer?.haproxyStarted();
      return this.#master = master;
    } catch (error) {
      master.kill();
      await master.exited;
      throw error;
    }
  }

  async #watch(first: HaproxyMaster): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    let master: HaproxyMaster | undefined = first;
    let pause: number | undefined;
    while (true) {
      const since = clock.monotonic();
      const exit = await master?.exited;
      this.#master = undefined;
      if (signal.aborted) return;
      if (exit) {
        this.#logger.error(`HAProxy exited unexpectedly, ${describeExit(exit)}`);
        this.#options.observer?.haproxyEnded(`it exited unexpectedly, ${describeExit(exit)}`);
      }
      pause = restartPause(pause, clock.monotonic() - since);
      this.#logger.warning(`Restarting HAProxy in ${pause / 1000} s`);
      try {
        await clock.sleep(pause, signal);
        await this.#settle();
        master = await this.#launch(signal);
        this.#notStarted = "";
        this.#logger.info(`HAProxy restarted (process ${master.pid})`);
      } catch (error) {
        if (signal.aborted) return;
        master = undefined;
        this.#notStarted = `: ${(error as Error).message}`;
        this.#logger.error((error as Error).message);
        this.#options.observer?.haproxyEnded((error as Error).message);
      }
    }
  }

  /** Older files are better than none: the owner of the files logs the failure, and retries. */
  async #settle(): Promise<void> {
    const { settled, logger, clock } = this.#options;
    if (!settled) return;
    const settling = settled().catch((error: Error) => logger.error(error.message));
    await settlesWithin(settling, 5_000, { clock, signal: this.#stopping.signal });
  }

  async #reload(): Promise<ReloadResult> {
    const { clock, reloadTimeout = 120_000, serverStateFile, countersFile } = this.#options;
    const refused = (reason: string) => ({ ok: false as const, reason, milliseconds: 0 });
    const { aborted, reason } = this.#stopping.signal;
    if (aborted) return refused(reason.message);
    // One that is coming up may have read its file before this was asked for.
    await this.#launching;
    if (!this.#master) return { ...refused(`HAProxy is not running${this.#notStarted}`), down: true };
    return await reloadMaster(this.#master, {
      socket: this.socket,
      output: this.#output,
      logger: this.#logger,
      clock,
      timeout: reloadTimeout,
      serverStateFile,
      countersFile,
      resting: this.#options.resting?.(),
      signal: this.#killing.signal,
    });
  }

  async #leave(): Promise<void> {
    const { clock, shutdownTimeout } = this.#options;
    const { signal } = this.#killing;
    await this.#launching;
    if (!this.#reloading || await settlesWithin(this.#reloading, shutdownTimeout, { clock, signal })) return;
    if (signal.aborted) return;
    this.#logger.warning(
      `A reload has not ended within ${shutdownTimeout / 1000} s; leaving it to the next start`,
    );
    // The caller of the reload is not to wait longer.
    this.#killing.abort(new Error("the reload is left to the next start"));
  }

  async #stop(): Promise<void> {
    const { clock, shutdownTimeout, masterSocket } = this.#options;
    const signal = this.#killing.signal;
    let left = shutdownTimeout;
    // A process that is stopped by SIGSTOP would neither end its reload nor notice the stop.
    this.#master?.resume();
    // A master that is loading has no signal handlers: it would lose the signal, or die and leave its workers.
    if (this.#reloading) {
      const since = clock.monotonic();
      await settlesWithin(this.#reloading, shutdownTimeout, { clock, signal });
      left = Math.max(0, left - (clock.monotonic() - since));
    }
    if (this.#master) {
      const how = await stopMaster(this.#master, { clock, shutdownTimeout: left, signal });
      this.#logger.info(
        how === "softly" ? "HAProxy has stopped" : "HAProxy has stopped, its last connections were cut",
      );
    }
    await this.#watching;
    await rm(masterSocket, { force: true });
  }
}

/** Observes whether HAProxy runs. Its methods must not throw. */
export interface HaproxyObserver {
  haproxyStarted(): void;
  /** It has ended without being asked to, or could not be started again. */
  haproxyEnded(reason: string): void;
}

/** Milliseconds before HAProxy is started again for the first time, and at most. */
export const shortestPause = 500;
export const longestPause = 30_000;
/** After so many milliseconds HAProxy has run well, and the pauses start over. */
export const healthyAfter = 60_000;

/**
 * Milliseconds to wait before HAProxy is started again: twice the `previous` pause (undefined at first), within the
 * bounds. The shortest pause when HAProxy ran well for `ranFor` milliseconds.
 */
export function restartPause(previous: number | undefined, ranFor: number): number {
  if (previous === undefined || ranFor >= healthyAfter) return shortestPause;
  return Math.min(previous * 2, longestPause);
}
