import type { HaproxySupervisor } from "../haproxy/HaproxySupervisor.ts";
import type { Logger } from "../log/Logger.ts";
import type { Synchroniser } from "../sync/Synchroniser.ts";
import { firstConfiguration, type FirstConfigurationOptions } from "./firstConfiguration.ts";

export interface StartOptions {
  readonly supervisor: Pick<HaproxySupervisor, "start">;
  readonly synchroniser: Pick<Synchroniser, "refuseUnbound">;
  readonly first: FirstConfigurationOptions;
  readonly logger: Logger;
}

/**
 * Starts HAProxy with the first configuration. Services that ask for what cannot be bound, which no validation shows,
 * are left out instead of keeping all others from being served.
 *
 * @throws {Error} when HAProxy does not start for any other reason
 */
export async function startHaproxy(
  { supervisor, synchroniser, first, logger }: StartOptions,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    await firstConfiguration(first, signal);
    try {
      return await supervisor.start(signal);
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      // Each time there is one service less that could be at fault.
      if (!synchroniser.refuseUnbound(message)) throw error;
      logger.error(`${message}. Starting without the services at fault`);
    }
  }
}
