import type { Clock } from "../clock/Clock.ts";
import type { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import type { Logger } from "../log/Logger.ts";
import type { Generator } from "../sync/Generator.ts";
import type { SyncResult, Validate } from "../sync/Synchroniser.ts";
import { validateStaged } from "../sync/validateStaged.ts";

/** How long the start waits for Marathon, in milliseconds: it should not open the ports without apps for nothing. */
const patience = 2_000;

export interface FirstConfigurationOptions {
  /** Calls `answered` as soon as Marathon has. */
  readonly synchronise: (signal: AbortSignal, answered: () => void) => Promise<SyncResult>;
  readonly store: ConfigurationStore;
  readonly generator: Pick<Generator, "render">;
  readonly validate: Validate | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Puts the files in place with which HAProxy can start: those that Marathon's answer makes, while there is none the
 * last good ones on disk, else a configuration without apps, for health checks and statistics.
 *
 * @throws {Error} when HAProxy refuses even the configuration without apps
 */
export async function firstConfiguration(
  options: FirstConfigurationOptions,
  signal: AbortSignal,
): Promise<void> {
  const { synchronise, store, generator, validate, clock, logger } = options;
  const giveUp = new AbortController();
  const answered = new AbortController();
  const waited = clock.sleep(patience, AbortSignal.any([signal, answered.signal])).then(
    () => giveUp.abort(new Error(`Marathon has not answered within ${patience / 1000} s`)),
    () => {/* it answered, or we are stopped */},
  );
  try {
    const { outcome } = await synchronise(AbortSignal.any([signal, giveUp.signal]), () => answered.abort());
    if (outcome !== "held") return;
  } catch (error) {
    signal.throwIfAborted();
    logger.error((error as Error).message);
  } finally {
    answered.abort();
    await waited;
  }

  if (await store.read() && (!validate || (await validate(store.configFile, signal)).valid)) {
    logger.warning(`HAProxy starts with the last good configuration, ${store.configFile}`);
    return;
  }
  const configuration = generator.render([]);
  const validation = validate && await validateStaged(configuration, { store, validate }, signal);
  if (validation && !validation.valid) {
    const said = validation.messages.map(({ message }) => message).join("; ");
    throw new Error(`HAProxy refuses even a configuration without apps, check the templates: ${said}`);
  }
  await store.commit(configuration);
  logger.warning("HAProxy starts without apps until Marathon answers");
}
