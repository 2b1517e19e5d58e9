import { RefusedServices } from "../../core/exclusion/RefusedServices.ts";
import type { ConfigurationFiles } from "../../core/plan/ConfigurationFiles.ts";
import { planUpdate } from "../../core/plan/planUpdate.ts";
import { RemovalGuard } from "../../core/plan/RemovalGuard.ts";
import { sameFiles } from "../../core/plan/sameFiles.ts";
import type { Problem } from "../../core/problem/Problem.ts";
import type { Configuration } from "../../core/render/Configuration.ts";
import { servicesIn } from "../../core/render/servicesIn.ts";
import type { SyncOutcome } from "../../core/status/ControllerState.ts";
import type { Clock } from "../clock/Clock.ts";
import type { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import type { Validation } from "../haproxy/validateConfiguration.ts";
import type { Logger } from "../log/Logger.ts";
import { makeCandidate } from "./Candidate.ts";
import { type Accepted, findAccepted } from "./findAccepted.ts";
import type { Generation, Generator } from "./Generator.ts";
import { PortTest } from "./PortTest.ts";
import { ProblemLog } from "./ProblemLog.ts";
import { refusal } from "./refusal.ts";
import { StageTimer } from "./StageTimer.ts";
import type { SyncObserver, SyncReport } from "./SyncObserver.ts";
import { validateStaged } from "./validateStaged.ts";

/** Makes HAProxy take over the files on disk; `later` when it does not run yet and is started with them. */
export type Reload = (
  signal: AbortSignal,
) => Promise<{ ok: true; later?: true } | { ok: false; reason: string; down?: true }>;

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
  /** The processes of our HAProxy. Undefined where it is not ours: then ports are not tested. */
  readonly haproxyPids?: () => readonly number[];
  /** Milliseconds for which an answer that takes nearly everything away has to hold (`--mass-removal-delay`). */
  readonly massRemovalDelay: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: Pick<SyncObserver, "synchronised" | "failed" | "reloaded">;
}

/** How a synchronisation ended, when it ended well. */
export interface SyncResult {
  readonly outcome: SyncOutcome;
  readonly problems: readonly Problem[];
  /** Whether another one should follow at once: not every service could be judged in this one. */
  readonly unfinished: boolean;
  /** Milliseconds until another one has to confirm what this one held back; 0 when it held nothing. */
  readonly heldFor: number;
}

const unchecked: Validation = { valid: true, messages: [], stage: "start" };

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
  readonly #ports: PortTest | undefined;
  readonly #guard: RemovalGuard;
  #forgivenAt: number;
  /** Whether files were put in place that HAProxy has not taken over, with nothing to go back to. */
  #owed = false;

  constructor(options: SynchroniserOptions) {
    this.#options = options;
    this.#problems = new ProblemLog(options.logger);
    const { haproxyPids } = options;
    this.#ports = haproxyPids && new PortTest({ refused: this.#refused, haproxyPids });
    this.#guard = new RemovalGuard(options.massRemovalDelay);
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
    const { clock, observer } = this.#options;
    const timer = new StageTimer(clock);
    try {
      const result = await this.#synchronise(reasons, timer, signal, answered);
      observer?.synchronised({ ...result, reasons, durations: timer.durations() });
      return result;
    } catch (error) {
      const { message } = error as Error;
      observer?.failed({ reasons, durations: timer.durations(), stage: timer.stage, message });
      throw error;
    }
  }

  async #synchronise(
    reasons: readonly string[],
    timer: StageTimer,
    signal: AbortSignal,
    answered: () => void,
  ): Promise<SyncResult & Omit<SyncReport, "reasons" | "durations">> {
    const { fetchApps, generator, store, clock, logger } = this.#options;
    const began = clock.monotonic();
    if (began - this.#forgivenAt > forgiveAfter) this.forgive();

    const answer = await fetchApps(signal);
    answered();
    timer.begin("generate");
    const generation = await generator.generate(answer);
    const running = await store.read();
    signal.throwIfAborted();
    const { configuration, problems, unfinished } = await this.#accept(generation, running, timer, signal);
    timer.begin("apply");
    const result = { apps: generation.apps, services: servicesIn(configuration), problems, unfinished };

    const heldFor = this.#guard.hold(running?.text, configuration.text, clock.monotonic());
    if (heldFor > 0) {
      logger.warning(
        `Marathon's answer takes nearly everything away (${generation.apps} apps, ${generation.services.length} services ` +
          `are left); it is applied if Marathon says the same in ${
            (heldFor / 1000).toFixed(0)
          } s (--mass-removal-delay)`,
      );
      return { ...result, outcome: "held", changes: [], heldFor };
    }

    const plan = planUpdate(running, configuration);
    const asked = `(${generation.apps} apps, ${generation.services.length} services), asked by ${
      reasons.join(", ")
    }`;
    if (plan.kind === "nothing" && this.#owed) {
      const changes = ["files that HAProxy had not taken over"];
      await this.reloadFiles(signal, changes);
      return { ...result, outcome: "applied", changes, heldFor };
    }
    if (plan.kind === "nothing") {
      logger.debug(`Nothing to do ${asked}`);
      return { ...result, outcome: "nothing", changes: [], heldFor };
    }
    await this.#apply(configuration, running, plan.reasons, signal);
    const seconds = ((clock.monotonic() - began) / 1000).toFixed(2);
    logger.info(`Applied in ${seconds} s ${asked}: ${plan.reasons.join("; ")}`);
    return { ...result, outcome: "applied", changes: plan.reasons, heldFor };
  }

  /** Lets services that HAProxy refused be tried again at the next synchronisation. */
  forgive(): void {
    this.#refused.forgive();
    this.#forgivenAt = this.#options.clock.monotonic();
  }

  /** Reloads the files on disk as they are, if HAProxy accepts them. @param reasons for the status */
  async reloadFiles(signal: AbortSignal, reasons: readonly string[] = ["a request"]): Promise<void> {
    const { store, validate, logger } = this.#options;
    const validation = await validate?.(store.configFile, signal);
    if (validation && !validation.valid) throw refusal(validation.messages, store.configFile);
    this.#owed = true;
    const result = await this.#reload(reasons, signal);
    if (!result.ok) throw new Error(`HAProxy did not reload ${store.configFile}: ${result.reason}`);
    this.#owed = false;
    logger.info(`Reloaded ${store.configFile} as it is on disk`);
  }

  /** What is equal to the running files has been validated before; everything else is now. Reports every problem. */
  async #accept(
    generation: Generation,
    running: ConfigurationFiles | undefined,
    timer: StageTimer,
    signal: AbortSignal,
  ): Promise<Accepted> {
    const { generator, validate, cleanUp } = this.#options;
    await this.#ports?.forgiveFreed();
    const render: Generator["render"] = (some) => generator.render(some);
    const candidate = makeCandidate(generation.services, { render, refused: this.#refused });
    let accepted: Accepted = { ...candidate, unfinished: false };
    try {
      const checked = validate !== undefined || this.#ports !== undefined;
      if (checked && !(running && sameFiles(running, candidate.configuration))) {
        const check = (some: Configuration) => this.#check(some, running, signal);
        const options = { render, check, refused: this.#refused, cleanUp };
        timer.begin("validate");
        accepted = await findAccepted(generation.services, options, candidate);
      } else this.#refused.accept(candidate.services);
    } finally {
      // Also of a configuration that HAProxy refuses: they may say why.
      const all = [...generation.problems, ...accepted.problems, ...accepted.configuration.problems];
      accepted = { ...accepted, problems: all };
      this.#problems.report(all);
    }
    return accepted;
  }

  async #check(
    configuration: Configuration,
    running: ConfigurationFiles | undefined,
    signal: AbortSignal,
  ): Promise<Validation> {
    const { store, validate } = this.#options;
    const validation = validate && await validateStaged(configuration, { store, validate }, signal);
    if (validation && !validation.valid) return validation;
    return await this.#ports?.check(configuration, running?.text ?? "") ?? validation ?? unchecked;
  }

  async #apply(
    files: ConfigurationFiles,
    running: ConfigurationFiles | undefined,
    reasons: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { store } = this.#options;
    signal.throwIfAborted();
    await store.commit(files);
    this.#owed = true;
    try {
      const result = await this.#reload(reasons, signal);
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

  async #reload(reasons: readonly string[], signal: AbortSignal): ReturnType<Reload> {
    const { reload, clock, observer } = this.#options;
    const began = clock.monotonic();
    const result = await reload(signal);
    if (result.ok && result.later) return result;
    const failure = result.ok ? undefined : result.reason;
    observer?.reloaded({ reasons, milliseconds: clock.monotonic() - began, failure });
    return result;
  }

  /** The files must say what runs: a later start would fail on ones that do not work. */
  async #putBack(running: ConfigurationFiles | undefined): Promise<void> {
    if (!running) return;
    await this.#options.store.restore(running);
    this.#owed = false;
  }
}
