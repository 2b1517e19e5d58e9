import type { Options } from "../../core/flags/Options.ts";
import { followEvents } from "../marathon/followEvents.ts";
import type { MarathonClient } from "../marathon/MarathonClient.ts";
import type { Synchroniser } from "../sync/Synchroniser.ts";
import { TickLoop } from "../sync/TickLoop.ts";
import type { RunContext } from "./RunContext.ts";

/** Seconds without any event after which Marathon is asked anyway. */
const idle = 300;
const filesOnly = "SIGUSR1";

/**
 * Keeps the configuration in step with Marathon until the signal is aborted: by its events, or by asking it every now
 * and then, and by the signals HUP (synchronise) and USR1 (reload the files on disk).
 *
 * @param first called at once, for a reason that is already known
 */
export function createFollower(
  options: Options,
  { clock, logger, signals }: RunContext,
  { client, synchroniser, byEvents }: {
    client: MarathonClient;
    synchroniser: Synchroniser;
    byEvents: boolean;
  },
): { tick: (reason: string) => void; follow: (signal: AbortSignal) => Promise<void> } {
  const loop = new TickLoop({
    async run(reasons, signal) {
      // A synchronisation ends with the right files in service, whatever was on disk before.
      if (reasons.every((reason) => reason === filesOnly)) return await reloadFiles(signal);
      if (reasons.includes("SIGHUP")) synchroniser.forgive();
      const { unfinished } = await synchroniser.synchronise(reasons, signal);
      if (unfinished) loop.tick("services that were set aside");
    },
    idle: (byEvents ? idle : options.pollInterval) * 1000,
    idleReason: byEvents ? `${idle} s without an event` : "the poll timer",
    clock,
    logger,
  });
  async function reloadFiles(signal: AbortSignal): Promise<void> {
    try {
      await synchroniser.reloadFiles(signal);
    } catch (error) {
      signal.throwIfAborted();
      // A retry would be a synchronisation, and overwrite what somebody is editing.
      logger.error((error as Error).message);
    }
  }

  const tick = (reason: string) => loop.tick(reason);
  signals.on("SIGHUP", () => tick("SIGHUP"));
  signals.on("SIGUSR1", () => tick(filesOnly));
  return {
    tick,
    async follow(signal) {
      const events = byEvents && followEvents({
        client,
        clock,
        logger,
        random: Math.random,
        signal,
        idleTimeout: options.sseIdleTimeout * 1000,
        maxBackoff: options.maxBackoff * 1000,
        onConnected: () => tick("a new connection to the event stream"),
        onEvent: ({ eventType }) => tick(eventType),
      });
      await Promise.all([loop.follow(signal), events]);
    },
  };
}
