import type { Options } from "../../core/flags/Options.ts";
import { Alarm } from "../clock/Alarm.ts";
import { CallbackFollower } from "../marathon/callback/CallbackFollower.ts";
import { followEvents } from "../marathon/followEvents.ts";
import type { MarathonClient } from "../marathon/MarathonClient.ts";
import type { AppSource } from "../sync/AppSource.ts";
import type { Synchroniser } from "../sync/Synchroniser.ts";
import type { SyncObserver } from "../sync/SyncObserver.ts";
import { TickLoop } from "../sync/TickLoop.ts";
import { tickWhile } from "../sync/tickWhile.ts";
import type { TickSource } from "./openTickSource.ts";
import type { RunContext } from "./RunContext.ts";
import { idle, syncInterval } from "./syncInterval.ts";

const filesOnly = "SIGUSR1";

/** Milliseconds from one question for apps to the next at the least, however many events there are. */
const spacing = 25;

/**
 * Keeps the configuration in step with Marathon until the signal is aborted: by its events, or by asking it every now
 * and then, and by the signals HUP (synchronise) and USR1 (reload the files on disk).
 */
export function createFollower(
  options: Options,
  { clock, logger, signals, killing }: RunContext,
  { client, synchroniser, apps, source, observer, progress }: {
    client: MarathonClient;
    synchroniser: Synchroniser;
    apps: Pick<AppSource, "missed">;
    source: TickSource;
    observer?: Pick<SyncObserver, "streamConnected" | "streamDisconnected" | "event">;
    /** Of the loop: see TickLoop. */
    progress?: (doing: string, within: number) => void;
  },
): { tick: (reason: string) => void; follow: (signal: AbortSignal) => Promise<void> } {
  const polls = source.kind === "polling";
  const pollInterval = options.pollInterval * 1000;
  /** Whether the last synchronisation failed. */
  let failing = false;
  const recovered = new Alarm();
  let connected = false;
  const loop = new TickLoop({
    async run(reasons, named, signal) {
      // A synchronisation ends with the right files in service, whatever was on disk before.
      if (reasons.every((reason) => reason === filesOnly)) return await reloadFiles(signal);
      if (reasons.includes("SIGHUP")) synchroniser.forgive();
      const { unfinished, heldFor } = await synchroniser.synchronise({ reasons, named }, signal).catch(
        suspect,
      );
      if (failing) recovered.ring();
      failing = false;
      if (unfinished) loop.tick("services that were set aside");
      if (heldFor > 0) confirmLater(heldFor, signal);
    },
    spacing,
    idle: syncInterval(options),
    progress,
    idleReason: polls ? "the poll timer" : `${idle} s without an event`,
    clock,
    logger,
  });
  function confirmLater(milliseconds: number, signal: AbortSignal): void {
    clock.sleep(milliseconds, signal).then(
      () => loop.tick("an answer that was held back"),
      () => {/* stopped */},
    );
  }

  function suspect(error: unknown): never {
    failing = true;
    callbacks?.suspect();
    throw error;
  }

  async function reloadFiles(signal: AbortSignal): Promise<void> {
    try {
      await synchroniser.reloadFiles(signal, [filesOnly]);
    } catch (error) {
      signal.throwIfAborted();
      // A retry would be a synchronisation, and overwrite what somebody is editing.
      logger.error((error as Error).message);
    }
  }

  const tick = (reason: string) => loop.tick(reason);
  const callbacks = source.kind !== "callbacks" ? undefined : new CallbackFollower({
    client,
    server: source.server,
    url: options.callbackUrl,
    pollInterval,
    clock,
    logger,
    killing,
    tick,
    observer,
  });
  signals.on("SIGHUP", () => tick("SIGHUP"));
  signals.on("SIGUSR1", () => tick(filesOnly));
  return {
    tick,
    async follow(signal) {
      const stream = source.kind === "stream" && followEvents({
        client,
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
          tick("a new connection to the event stream");
        },
        onDisconnected: (reason) => {
          connected = false;
          // Until the next connection nobody tells which apps change.
          apps.missed();
          observer?.streamDisconnected(reason);
        },
        onEvent: ({ eventType, appId }) => {
          observer?.event(eventType);
          loop.tick(eventType, appId);
        },
      });
      const polling = { needed: () => !connected, interval: pollInterval, clock, tick };
      const polled = source.kind === "stream" && tickWhile(polling, signal);
      await Promise.all([loop.follow(signal), stream, polled, callbacks?.follow(signal)]);
    },
  };
}
