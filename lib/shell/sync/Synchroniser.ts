import type { CheckMessage } from "../../core/haproxy/parseCheckOutput.ts";
import type { ConfigurationFiles } from "../../core/plan/ConfigurationFiles.ts";
import { planUpdate } from "../../core/plan/planUpdate.ts";
import type { Clock } from "../clock/Clock.ts";
import type { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import type { Logger } from "../log/Logger.ts";
import type { Generation, Generator } from "./Generator.ts";
import { ProblemLog } from "./ProblemLog.ts";

/** Makes HAProxy take over the files on disk. */
export type Reload = (signal: AbortSignal) => Promise<{ ok: true } | { ok: false; reason: string }>;

/** What `haproxy -c` says of a file. */
export type Validate = (
  file: string,
  signal: AbortSignal,
) => Promise<{ valid: boolean; messages: readonly CheckMessage[] }>;

export interface SynchroniserOptions {
  readonly fetchApps: (signal: AbortSignal) => Promise<unknown>;
  readonly generator: Pick<Generator, "generate">;
  readonly store: ConfigurationStore;
  /** Undefined with `--skip-validation`. */
  readonly validate: Validate | undefined;
  readonly reload: Reload;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How a synchronisation ended, when it ended well. */
export interface SyncResult {
  readonly outcome: "nothing" | "reloaded";
  readonly generation: Generation;
}

/**
 * One synchronisation: fetch, generate, compare, stage, validate, put in place, reload. Whatever fails on the way
 * leaves the last good configuration on disk and in service.
 */
export class Synchroniser {
  readonly #options: SynchroniserOptions;
  readonly #problems: ProblemLog;

  constructor(options: SynchroniserOptions) {
    this.#options = options;
    this.#problems = new ProblemLog(options.logger);
  }

  /**
   * @param reasons what asked for it, for the log
   * @throws {Error} with one line that says what failed
   */
  async synchronise(reasons: readonly string[], signal: AbortSignal): Promise<SyncResult> {
    const { fetchApps, generator, store, clock, logger } = this.#options;
    const began = clock.monotonic();
    const generation = await generator.generate(await fetchApps(signal));
    this.#problems.report(generation.problems);
    const running = await store.read();
    const plan = planUpdate(running, generation.configuration);
    const { apps, services, backends } = generation;
    const counts = `${apps} apps, ${services} services, ${backends} backends`;
    if (plan.kind === "nothing") {
      logger.debug(`Nothing to do (${counts}), asked by ${reasons.join(", ")}`);
      return { outcome: "nothing", generation };
    }

    const { text, maps } = generation.configuration;
    await this.#check({ text, maps }, signal);
    await this.#apply({ text, maps }, running, signal);
    const seconds = ((clock.monotonic() - began) / 1000).toFixed(2);
    logger.info(
      `Applied in ${seconds} s (${counts}), asked by ${reasons.join(", ")}: ${plan.reasons.join("; ")}`,
    );
    return { outcome: "reloaded", generation };
  }

  /** Reloads the files on disk as they are, if HAProxy accepts them. */
  async reloadFiles(signal: AbortSignal): Promise<void> {
    const { store, validate, reload, logger } = this.#options;
    if (validate) throwIfInvalid(await validate(store.configFile, signal), store.configFile);
    const result = await reload(signal);
    if (!result.ok) throw new Error(`HAProxy did not reload ${store.configFile}: ${result.reason}`);
    logger.info(`Reloaded ${store.configFile} as it is on disk`);
  }

  async #check(files: ConfigurationFiles, signal: AbortSignal): Promise<void> {
    const { store, validate } = this.#options;
    if (!validate) return;
    const staged = await store.stage(files);
    try {
      throwIfInvalid(await validate(staged, signal), "the new configuration");
    } finally {
      await store.discardStaged();
    }
  }

  async #apply(
    files: ConfigurationFiles,
    running: ConfigurationFiles | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, reload } = this.#options;
    await store.commit(files);
    const result = await reload(signal);
    if (result.ok) return;
    // The files must say what runs: a later start would fail on ones that do not work.
    if (running) await store.commit(running);
    throw new Error(`HAProxy did not take the new configuration over, the old one stays: ${result.reason}`);
  }
}

function throwIfInvalid(
  { valid, messages }: { valid: boolean; messages: readonly CheckMessage[] },
  what: string,
): void {
  if (valid) return;
  const alerts = messages.filter(({ severity }) => severity === "alert").map(({ line, message }) =>
    line === undefined ? message : `line ${line}: ${message}`
  );
  throw new Error(`HAProxy refuses ${what}, the running one stays: ${alerts.slice(0, 5).join("; ")}`);
}
