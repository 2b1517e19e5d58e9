import { parseBindAddress } from "../core/addresses.ts";
import { isDeploymentEvent } from "../core/marathon/events.ts";
import type { Options } from "../core/flags/options.ts";
import type { SyncObserver } from "../core/status/observer.ts";
import type { Logger } from "../shell/log/logger.ts";
import { type AppSource, readinessPause } from "../shell/marathon/appSource.ts";
import { CallbackServer } from "../shell/marathon/callbackServer.ts";
import { CallbackFollower } from "../shell/marathon/callbacks.ts";
import type { MarathonClient } from "../shell/marathon/client.ts";
import { followEvents } from "../shell/marathon/eventStream.ts";
import type { Ledger } from "../shell/sync/applier.ts";
import type { Synchroniser } from "../shell/sync/synchroniser.ts";
import { eventSpacing, TickLoop, tickWhile, type TickWork } from "../shell/sync/ticks.ts";
import { Alarm, spread } from "../shell/system/clock.ts";
import { Turns } from "../shell/system/turns.ts";
import type { RunContext } from "./context.ts";

const filesOnly = "SIGUSR1";

/** Milliseconds until services are judged once more when HAProxy could not be asked. */
const judgePause = 30_000;

/** The least milliseconds between two reloads by USR1: each starts a process that inherits all connections. */
const reloadSpacing = 1_000;

/**
 * Where everything leaves word that asks for work. It comes before what asks and before what works: what is asked for
 * meanwhile waits here.
 */
export class Mailbox {
  /** Of synchronisations. */
  readonly changes: TickLoop;
  /**
   * The ticks that only load the unchanged files. A load that was requested always happens, whatever other ticks come,
   * and also in the pause after a failure.
   */
  readonly loads: TickLoop;
  #asked = 0;

  constructor(options: Options, { clock, logger, random }: Pick<RunContext, "clock" | "logger" | "random">) {
    const idle = idleTime(options, random);
    const idleReason = options.mode === "poll"
      ? "the poll timer"
      : `${Math.round(idle / 1000)} s without an event`;
    this.changes = new TickLoop({
      spacing: eventSpacing,
      idle,
      idleReason,
      clock,
      logger,
    });
    this.loads = new TickLoop({ spacing: reloadSpacing, clock, logger });
  }

  /** How many loads of the files were asked for so far. */
  get asked(): number {
    return this.#asked;
  }

  /** Asks for a load of the files with the reason SIGUSR1, else for a synchronisation. */
  readonly tick = (reason: string): void => {
    if (reason !== filesOnly) return this.changes.tick(reason);
    this.#asked++;
    this.loads.tick(reason);
  };
}

/**
 * Keeps the configuration in step with Marathon until the signal is aborted. It synchronises on Marathon's events, or
 * polls, and on HUP. On USR1 it reloads the files on disk.
 */
export function createFollower(
  options: Options,
  { clock, logger, signals, killing }: RunContext,
  { mailbox, client, synchroniser, ledger, apps, source, clusters, observer, progress }: {
    mailbox: Mailbox;
    client: MarathonClient;
    synchroniser: Synchroniser;
    ledger: Pick<Ledger, "answered">;
    apps: Pick<AppSource, "missed"> & Partial<Pick<AppSource, "awaitsReadiness" | "unready">>;
    source: TickSource;
    /** Several clusters, of which that of `--marathon` is one: its ticks are for its own loop then. */
    clusters?: FollowedClusters;
    observer?: Pick<SyncObserver, "streamConnected" | "streamDisconnected" | "event">;
    /** Of the loop: see TickLoop. */
    progress?: (doing: string, within: number) => void;
  },
): { follow: (signal: AbortSignal) => Promise<void> } {
  const { tick, changes, loads } = mailbox;
  const pollInterval = options.pollInterval * 1000;
  /** Whether the last synchronisation failed. */
  let failing = false;
  const recovered = clusters?.recovered ?? new Alarm();
  /** Of what may have changed in the Marathon of `--marathon`. */
  const asks = clusters?.main ?? changes;
  let judging: Promise<void> | undefined;
  /** Whether the results of readiness checks are asked for soon. */
  let asking = false;
  // What a synchronisation has begun from must not change under it.
  const turns = new Turns();
  const callbacks = source.kind !== "callbacks" ? undefined : new CallbackFollower({
    client,
    server: source.server,
    url: options.callbackUrl,
    pollInterval,
    clock,
    logger,
    killing,
    tick: (reason) => asks.tick(reason),
    observer,
  });

  async function synchronise(
    reasons: readonly string[],
    named: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (reasons.includes("SIGHUP")) {
      synchroniser.forgive();
      clusters?.ask("SIGHUP");
    }
    const { unfinished, heldFor, failure } = await synchroniser.synchronise({ reasons, named }, signal)
      .catch(suspect);
    if (unfinished) judge(signal);
    if (failure) suspect(failure);
    if (failing) recovered.ring();
    failing = false;
    if (heldFor > 0) confirmLater(heldFor, signal);
    if (!clusters && apps.unready?.().length) askLater(signal);
  }

  /** Beside the loop: changes of other services do not wait for verdicts. */
  function judge(signal: AbortSignal): void {
    judging ??= synchroniser.judge(signal)
      .catch((error: Error) => {
        signal.throwIfAborted();
        logger.error(
          `Cannot check the services that wait: ${error.message}. Retrying in ${judgePause / 1000} s`,
        );
        return clock.sleep(judgePause, signal);
      })
      .then(() => tick("services that HAProxy has checked"), () => {/* stopped */})
      .finally(() => judging = undefined);
  }

  function confirmLater(milliseconds: number, signal: AbortSignal): void {
    clock.sleep(milliseconds, signal).then(
      () => tick("an answer that was held back"),
      () => {/* stopped */},
    );
  }

  /** While tasks wait for their readiness checks. */
  function askLater(signal: AbortSignal): void {
    if (asking) return;
    asking = true;
    clock.sleep(readinessPause, signal).then(
      () => {
        for (const id of apps.unready?.() ?? []) changes.tick("a readiness check under way", id);
      },
      () => {/* stopped */},
    ).finally(() => asking = false);
  }

  function suspect(error: unknown): never {
    failing = true;
    callbacks?.suspect();
    throw error;
  }

  async function reloadFiles(signal: AbortSignal): Promise<void> {
    // A synchronisation ends with the right files in service, whatever was on disk before.
    if (ledger.answered >= mailbox.asked) {
      logger.info(`${filesOnly}: a change has reloaded HAProxy since, not reloading again`);
      return;
    }
    try {
      await synchroniser.reloadFiles(signal, [filesOnly]);
    } catch (error) {
      signal.throwIfAborted();
      // A retry would be a synchronisation, and overwrite what an operator is editing.
      logger.error((error as Error).message);
    }
  }

  signals.on("SIGHUP", () => tick("SIGHUP"));
  signals.on("SIGUSR1", () => tick(filesOnly));
  return {
    async follow(signal) {
      const followed = { client, apps, loop: asks, recovered, observer };
      const stream = source.kind === "stream" && followStream(options, { clock, logger }, followed, signal);
      const synchronising: TickWork = {
        run: (reasons, named, signal) => turns.take(() => synchronise(reasons, named, signal)),
        progress,
      };
      const loading: TickWork = {
        run: (_reasons, _named, signal) => turns.take(() => reloadFiles(signal)),
      };
      await Promise.all([
        changes.follow(synchronising, signal),
        loads.follow(loading, signal),
        clusters?.follow(signal),
        stream,
        callbacks?.follow(signal),
      ]);
      await judging;
    },
  };
}

/** A Marathon that is followed by its event stream. */
export interface StreamedMarathon {
  readonly client: MarathonClient;
  readonly apps: Pick<AppSource, "missed"> & Partial<Pick<AppSource, "awaitsReadiness">>;
  /** Gets the ticks. */
  readonly loop: Pick<TickLoop, "tick">;
  /** Rung when that Marathon answers again. */
  readonly recovered: Alarm;
  readonly observer?: Pick<SyncObserver, "streamConnected" | "streamDisconnected" | "event">;
}

/** Follows the event stream of one Marathon until the signal is aborted, and polls while it is not connected. */
export async function followStream(
  options: Options,
  { clock, logger }: Pick<RunContext, "clock" | "logger">,
  { client, apps, loop, recovered, observer }: StreamedMarathon,
  signal: AbortSignal,
): Promise<void> {
  let connected = false;
  const stream = followEvents({
    client,
    pods: options.pods,
    clock,
    logger,
    random: Math.random,
    signal,
    idleTimeout: options.sseIdleTimeout * 1000,
    maxBackoff: options.maxBackoff * 1000,
    alarm: recovered,
    onConnected: () => {
      connected = true;
      apps.missed();
      observer?.streamConnected();
      loop.tick("a new connection to the event stream");
    },
    onDisconnected: (reason) => {
      connected = false;
      // Until the next connection no event names the apps that change.
      apps.missed();
      observer?.streamDisconnected(reason);
    },
    onEvent: ({ eventType, appId }) => {
      // Every deployment has some, and only these apps have to know of them.
      const isDeployment = isDeploymentEvent(eventType);
      if (isDeployment && !(appId !== undefined && apps.awaitsReadiness?.(appId))) return;
      observer?.event(eventType);
      loop.tick(eventType, appId);
    },
  });
  const polling = {
    needed: () => !connected,
    interval: options.pollInterval * 1000,
    clock,
    tick: (reason: string) => loop.tick(reason),
  };
  await Promise.all([stream, tickWhile(polling, signal)]);
}

/** Several clusters, followed beside the synchronisation. */
export interface FollowedClusters {
  /** The loop that asks the Marathon of `--marathon`. */
  readonly main: Pick<TickLoop, "tick">;
  /** Rung when that Marathon answers again. */
  readonly recovered: Alarm;
  /** Asks all of them. */
  readonly ask: (reason: string) => void;
  readonly follow: (signal: AbortSignal) => Promise<void>;
}

/** What says that apps may have changed: Marathon's event stream, its callbacks, or nothing but a timer. */
export type TickSource =
  | { readonly kind: "stream" | "polling" }
  | { readonly kind: "callbacks"; readonly server: CallbackServer };

/** Closes what a source listens on; more than once is once. */
export async function closeTickSource(source: TickSource): Promise<void> {
  if (source.kind === "callbacks") await source.server.close();
}

/**
 * The source that the command line names. Its listener is open already, so that an unusable address is reported before
 * anything else begins.
 *
 * @throws {Error} when it cannot listen
 */
export async function openTickSource(
  { mode, eventAddress, pods }: Options,
  logger: Logger,
): Promise<TickSource> {
  const address = eventAddress === undefined ? undefined : parseBindAddress(eventAddress);
  if (address) return { kind: "callbacks", server: await CallbackServer.listen(address, logger, { pods }) };
  return { kind: mode === "poll" ? "polling" : "stream" };
}

/** Seconds after which Marathon is asked for all apps, at most: without any event, or since the last time. */
const longest = 300;

/** Milliseconds after which there is a synchronisation that nothing asked for, at most. */
export function syncInterval({ mode, pollInterval }: Pick<Options, "mode" | "pollInterval">): number {
  return (mode === "poll" ? pollInterval : longest) * 1000;
}

/** The same for one process. With `poll`, it is what the operator says. */
export function idleTime(options: Pick<Options, "mode" | "pollInterval">, random = Math.random): number {
  const most = syncInterval(options);
  return options.mode === "poll" ? most : spread(most, random);
}

/** Milliseconds after which one process fetches all apps, whatever events report. */
export function fullFetchInterval(random = Math.random): number {
  return spread(longest * 1000, random);
}
