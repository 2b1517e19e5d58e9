import { rm } from "node:fs/promises";
import { restartPause } from "../../core/haproxy/restartPause.ts";
import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import { adoptMaster } from "./adoptMaster.ts";
import { coalesce } from "./coalesce.ts";
import { describeExit, endedSignal } from "./endedSignal.ts";
import { findLeftover } from "./findLeftover.ts";
import { type HaproxyCommand, masterSocketWord } from "./HaproxyCommand.ts";
import type { HaproxyMaster } from "./HaproxyMaster.ts";
import type { HaproxyObserver } from "./HaproxyObserver.ts";
import { HaproxyOutput } from "./HaproxyOutput.ts";
import { leftoverMasters } from "./leftoverMasters.ts";
import { masterPids } from "./masterPids.ts";
import { MasterSocket } from "./MasterSocket.ts";
import { reloadMaster, type ReloadResult } from "./reloadMaster.ts";
import { settlesWithin } from "./settlesWithin.ts";
import { spawnMaster } from "./spawnMaster.ts";
import { stopLeftovers } from "./stopLeftovers.ts";
import { stopMaster } from "./stopMaster.ts";
import { waitUntilReady } from "./waitUntilReady.ts";
import { whyNotAdoptable } from "./whyNotAdoptable.ts";

export interface HaproxySupervisorOptions {
  /** Path of the HAProxy executable. */
  haproxy: string;
  /** The file HAProxy reads at each start and reload. */
  configFile: string;
  /** Where HAProxy makes its master socket. At most about 90 characters, without a comma. */
  masterSocket: string;
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
  /** Servers that it says nothing of, as `backend/server`: they rest only because the configuration says so now. */
  resting?: () => ReadonlySet<string>;
  /** Resolves when `configFile` says what HAProxy runs: waited for before it is started again. */
  settled?: () => Promise<void>;
  observer?: HaproxyObserver;
}

/** Keeps one HAProxy running: starts it, reloads it, starts it again when it dies, stops it with nothing left behind. */
export class HaproxySupervisor {
  /** For commands to HAProxy while it runs. */
  readonly socket: MasterSocket;
  readonly #options: HaproxySupervisorOptions;
  readonly #logger: Logger;
  readonly #output: HaproxyOutput;
  readonly #stopping = new AbortController();
  readonly #killing = new AbortController();
  #master: HaproxyMaster | undefined;
  /** Masters of earlier starts that were not taken over and still serve. */
  #leftovers: readonly number[] = [];
  #launching: Promise<unknown> | undefined;
  #reloading: Promise<ReloadResult> | undefined;
  #watching: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
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
    this.#output = new HaproxyOutput(options.logger.named("haproxy"));
    this.socket = new MasterSocket(options.masterSocket, { clock: options.clock });
  }

  /**
   * Takes over an HAProxy that a marathon-lb which was killed left behind, and from then on keeps it running: it goes on
   * serving with what it has loaded, and wants a reload. Resolves to false, with the reason in the log, when there is none
   * or it is unlike the one that `start` would start.
   */
  async adopt(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const pid = await findLeftover(this.socket, { clock, signal });
    this.#leftovers = await leftoverMasters(masterSocketWord(this.#command));
    if (pid === undefined) return false;
    const reason = await whyNotAdoptable(pid, this.#command, this.socket, signal);
    if (reason !== undefined) {
      this.#logger.warning(`HAProxy (process ${pid}) of an earlier start cannot be taken over: ${reason}`);
      return false;
    }
    this.#master = adoptMaster(pid, clock);
    this.#leftovers = [];
    this.#options.observer?.haproxyStarted();
    this.#watching = this.#watch(this.#master);
    this.#logger.warning(
      `Took over the HAProxy of an earlier start (process ${pid}), which went on serving; what it writes does not ` +
        "reach this log until it is started anew",
    );
    return true;
  }

  /**
   * Starts HAProxy and from then on keeps it running. Resolves when its worker serves; rejects with what HAProxy said when
   * it does not come up, and nothing runs then.
   */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, masterSocket } = this.#options;
    await findLeftover(this.socket, { clock, signal });
    await stopLeftovers(masterSocket, { clock, logger: this.#logger, signal });
    this.#leftovers = [];
    const launched = this.#launch(AbortSignal.any([signal, this.#stopping.signal]));
    this.#watching = launched.then(
      (master) => this.#watch(master),
      () => {/* the caller of start is told */},
    );
    await launched;
  }

  /** Stops HAProxy softly, and hard after the shutdown time-out. Resolves when no process of it is left. */
  stop(): Promise<void> {
    this.#stopping.abort(new Error("HAProxy is being stopped"));
    return this.#stopped ??= this.#stop();
  }

  /** Stops HAProxy at once, even during `stop`. Resolves when no process of it is left. */
  kill(): Promise<void> {
    this.#killing.abort(new Error("HAProxy is being killed"));
    this.#master?.kill();
    return this.stop();
  }

  /**
   * The master and its workers, old ones that still drain included; before the start those of an earlier start that it
   * will replace; empty while HAProxy does not run.
   */
  pids(): number[] {
    return this.#master?.pids() ?? this.#leftovers.flatMap(masterPids);
  }

  get #command(): HaproxyCommand {
    const { haproxy: path, configFile, masterSocket, env } = this.#options;
    return { path, configFile, masterSocket, env };
  }

  #launch(signal: AbortSignal): Promise<HaproxyMaster> {
    const launching = this.#spawn(signal);
    this.#launching = launching.catch(() => {/* whoever launches is told */});
    return launching;
  }

  async #spawn(signal: AbortSignal): Promise<HaproxyMaster> {
    signal.throwIfAborted();
    const { clock } = this.#options;
    this.#output.forget();
    const master = await spawnMaster(this.#command, (line) => this.#output.add(line));
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
        this.#logger.error(`HAProxy ended by itself, ${describeExit(exit)}`);
        this.#options.observer?.haproxyEnded(`it ended by itself, ${describeExit(exit)}`);
      }
      pause = restartPause(pause, clock.monotonic() - since);
      this.#logger.warning(`HAProxy is started again in ${pause / 1000} s`);
      try {
        await clock.sleep(pause, signal);
        await this.#settle();
        master = await this.#launch(signal);
        this.#notStarted = "";
        this.#logger.info(`HAProxy was started again (process ${master.pid})`);
      } catch (error) {
        if (signal.aborted) return;
        master = undefined;
        this.#notStarted = `: ${(error as Error).message}`;
        this.#logger.error((error as Error).message);
        this.#options.observer?.haproxyEnded((error as Error).message);
      }
    }
  }

  /** Older files are better than none: whoever has them to write is told, and tries again. */
  async #settle(): Promise<void> {
    const { settled, logger, clock } = this.#options;
    if (!settled) return;
    const settling = settled().catch((error: Error) => logger.error(error.message));
    await settlesWithin(settling, 5_000, { clock, signal: this.#stopping.signal });
  }

  async #reload(): Promise<ReloadResult> {
    const { clock, reloadTimeout = 120_000, serverStateFile } = this.#options;
    const refused = (reason: string) => ({ ok: false as const, reason, milliseconds: 0 });
    if (this.#stopping.signal.aborted) return refused("HAProxy is being stopped");
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
      resting: this.#options.resting?.(),
      signal: this.#killing.signal,
    });
  }

  async #stop(): Promise<void> {
    const { clock, shutdownTimeout, masterSocket } = this.#options;
    const signal = this.#killing.signal;
    let left = shutdownTimeout;
    // One that somebody had stopped by SIGSTOP would neither end its reload nor notice that it is to stop.
    this.#master?.resume();
    // A master that is loading has no signal handlers and would lose the signal, or die of it and leave its workers.
    if (this.#reloading) {
      const since = clock.monotonic();
      await settlesWithin(this.#reloading, shutdownTimeout, { clock, signal });
      left = Math.max(0, left - (clock.monotonic() - since));
    }
    if (this.#master) {
      const how = await stopMaster(this.#master, { clock, shutdownTimeout: left, signal });
      this.#logger.info(
        how === "softly" ? "HAProxy has stopped" : "HAProxy was stopped, cutting its last connections",
      );
    }
    await this.#watching;
    await rm(masterSocket, { force: true });
  }
}
