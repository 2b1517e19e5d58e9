import { RefusedServices } from "../../core/exclusion/RefusedServices.ts";
import type { ConfigurationFiles } from "../../core/plan/ConfigurationFiles.ts";
import { planUpdate } from "../../core/plan/planUpdate.ts";
import type { Problem } from "../../core/problem/Problem.ts";
import type { Configuration } from "../../core/render/Configuration.ts";
import type { Clock } from "../clock/Clock.ts";
import type { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import type { Validation } from "../haproxy/validateConfiguration.ts";
import type { Logger } from "../log/Logger.ts";
import { type Accepted, findAccepted } from "./findAccepted.ts";
import type { Generation, Generator } from "./Generator.ts";
import { ProblemLog } from "./ProblemLog.ts";
import { refusal } from "./refusal.ts";

/** Makes HAProxy take over the files on disk. */
export type Reload = (
  signal: AbortSignal,
) => Promise<{ ok: true } | { ok: false; reason: string; down?: true }>;

/** What `haproxy -c` says of a file. */
export type Validate = (file: string, signal: AbortSignal) => Promise<Validation>;

export interface SynchroniserOptions {
  readonly fetchApps: (signal: AbortSignal) => Promise<unknown>;
  readonly generator: Pick<Generator, "generate" | "render">;
  readonly store: ConfigurationStore;
  /** Undefined with `--skip-validation`. */
  readonly validate: Validate | undefined;
  /** Whether services that HAProxy refuses are left out: not `--skip-config-cleanup`. */
  readonly cleanUp: boolean;
  readonly reload: Reload;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How a synchronisation ended, when it ended well. */
export interface SyncResult {
  readonly outcome: "nothing" | "applied";
  readonly problems: readonly Problem[];
  /** Whether another one should follow at once: not every service could be judged in this one. */
  readonly unfinished: boolean;
}

/** Milliseconds after which refused services are tried again: a file they need may be there by now. */
const forgiveAfter = 300_000;

/**
 * One synchronisation: fetch, generate, compare, stage, validate, put in place, reload. Whatever fails on the way
 * leaves the last good configuration on disk and in service.
 */
export class Synchroniser {
  readonly #options: SynchroniserOptions;
  readonly #problems: ProblemLog;
  readonly #refused = new RefusedServices();
  #forgivenAt: number;
  /** Whether files were put in place that HAProxy has not taken over, with nothing to go back to. */
  #owed = false;

  constructor(options: SynchroniserOptions) {
    this.#options = options;
    this.#problems = new ProblemLog(options.logger);
    this.#forgivenAt = options.clock.monotonic();
  }

  /**
   * @param reasons what asked for it, for the log
   * @param answered called when Marathon has answered
   * @throws {Error} with one line that says what failed
   */
  async synchronise(
    reasons: readonly string[],
    signal: AbortSignal,
    answered: () => void = () => {},
  ): Promise<SyncResult> {
    const { fetchApps, generator, store, clock, logger } = this.#options;
    const began = clock.monotonic();
    if (began - this.#forgivenAt > forgiveAfter) this.forgive();

    const answer = await fetchApps(signal);
    answered();
    const generation = await generator.generate(answer);
    const running = await store.read();
    signal.throwIfAborted();
    const { configuration, problems, unfinished } = await this.#accept(generation, running, signal);

    const plan = planUpdate(running, configuration);
    const asked = `(${generation.apps} apps, ${generation.services.length} services), asked by ${
      reasons.join(", ")
    }`;
    if (plan.kind === "nothing" && this.#owed) {
      await this.reloadFiles(signal);
      return { outcome: "applied", problems, unfinished };
    }
    if (plan.kind === "nothing") {
      logger.debug(`Nothing to do ${asked}`);
      return { outcome: "nothing", problems, unfinished };
    }
    await this.#apply(configuration, running, signal);
    const seconds = ((clock.monotonic() - began) / 1000).toFixed(2);
    logger.info(`Applied in ${seconds} s ${asked}: ${plan.reasons.join("; ")}`);
    return { outcome: "applied", problems, unfinished };
  }

  /** Lets services that HAProxy refused be tried again at the next synchronisation. */
  forgive(): void {
    this.#refused.forgive();
    this.#forgivenAt = this.#options.clock.monotonic();
  }

  /** Reloads the files on disk as they are, if HAProxy accepts them. */
  async reloadFiles(signal: AbortSignal): Promise<void> {
    const { store, validate, reload, logger } = this.#options;
    const validation = await validate?.(store.configFile, signal);
    if (validation && !validation.valid) throw refusal(validation.messages, store.configFile);
    this.#owed = true;
    const result = await reload(signal);
    if (!result.ok) throw new Error(`HAProxy did not reload ${store.configFile}: ${result.reason}`);
    this.#owed = false;
    logger.info(`Reloaded ${store.configFile} as it is on disk`);
  }

  /** What is equal to the running files has been validated before; everything else is now. Reports every problem. */
  async #accept(
    generation: Generation,
    running: ConfigurationFiles | undefined,
    signal: AbortSignal,
  ): Promise<Accepted> {
    const { generator, validate, cleanUp } = this.#options;
    const render: Generator["render"] = (some) => generator.render(some);
    const { services: served, problems } = this.#refused.substitute(generation.services);
    let accepted: Accepted = { configuration: render(served), problems, unfinished: false };
    try {
      if (validate && planUpdate(running, accepted.configuration).kind !== "nothing") {
        const check = (candidate: Configuration) => this.#check(candidate, validate, signal);
        const options = { render, check, refused: this.#refused, cleanUp };
        accepted = await findAccepted(generation.services, options);
      } else this.#refused.accept(served);
    } finally {
      // Also of a configuration that HAProxy refuses: they may say why.
      const all = [...generation.problems, ...accepted.problems, ...accepted.configuration.problems];
      accepted = { ...accepted, problems: all };
      this.#problems.report(all);
    }
    return accepted;
  }

  async #check(configuration: Configuration, validate: Validate, signal: AbortSignal): Promise<Validation> {
    const { store } = this.#options;
    try {
      return await validate(await store.stage(configuration), signal);
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
    signal.throwIfAborted();
    await store.commit(files);
    this.#owed = true;
    try {
      const result = await reload(signal);
      if (result.ok) {
        this.#owed = false;
      } else if (result.down) {
        // It may be down because of the old files. The new ones are valid, and it is started with them.
        throw new Error(`The new configuration is in place for the next start of HAProxy: ${result.reason}`);
      } else {
        await this.#putBack(running);
        throw new Error(
          `HAProxy did not take the new configuration over, the old one stays: ${result.reason}`,
        );
      }
    } catch (error) {
      if (signal.aborted) await this.#putBack(running);
      throw error;
    }
  }

  /** The files must say what runs: a later start would fail on ones that do not work. */
  async #putBack(running: ConfigurationFiles | undefined): Promise<void> {
    if (!running) return;
    await this.#options.store.restore(running);
    this.#owed = false;
  }
}
