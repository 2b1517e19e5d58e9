import type { Options } from "../../core/flags/Options.ts";
import { CallbackFollower } from "../marathon/callback/CallbackFollower.ts";
import { followEvents } from "../marathon/followEvents.ts";
import type { MarathonClient } from "../marathon/MarathonClient.ts";
import type { Synchroniser } from "../sync/Synchroniser.ts";
import type { SyncObserver } from "../sync/SyncObserver.ts";
import { TickLoop } from "../sync/TickLoop.ts";
import type { TickSource } from "./openTickSource.ts";
import type { RunContext } from "./RunContext.ts";
import { idle, syncInterval } from "./syncInterval.ts";

const filesOnly = "SIGUSR1";

/**
 * Keeps the configuration in step with Marathon until the signal is aborted: by its events, or by asking it every now
 * and then, and by the signals HUP (synchronise) and USR1 (reload the files on disk).
 */
export function createFollower(
  options: Options,
  { clock, logger, signals, killing }: RunContext,
  { client, synchroniser, source, observer }: {
    client: MarathonClient;
    synchroniser: Synchroniser;
    source: TickSource;
    observer?: Pick<SyncObserver, "streamConnected" | "streamDisconnected" | "event">;
  },
): { tick: (reason: string) => void; follow: (signal: AbortSignal) => Promise<void> } {
  const polls = source.kind === "polling";
  const loop = new TickLoop({
    async run(reasons, signal) {
      // A synchronisation ends with the right files in service, whatever was on disk before.
      if (reasons.every((reason) => reason === filesOnly)) return await reloadFiles(signal);
      if (reasons.includes("SIGHUP")) synchroniser.forgive();
      const { unfinished, heldFor } = await synchroniser.synchronise(reasons, signal).catch(suspect);
      if (unfinished) loop.tick("services that were set aside");
      if (heldFor > 0) confirmLater(heldFor, signal);
    },
    idle: syncInterval(options),
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
    pollInterval: options.pollInterval * 1000,
    clock,
    logger,
    killing,
    tick,
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
        onConnected: () => {
          observer?.streamConnected();
          tick("a new connection to the event stream");
        },
        onDisconnected: (reason) => observer?.streamDisconnected(reason),
        onEvent: ({ eventType }) => {
          observer?.event(eventType);
          tick(eventType);
        },
      });
      await Promise.all([loop.follow(signal), stream, callbacks?.follow(signal)]);
    },
  };
}
