import { blameBinds } from "../../core/exclusion/blameBinds.ts";
import type { ClusterReading } from "../../core/marathon/Cluster.ts";
import type { Service } from "../../core/model/Service.ts";
import { countInChunks, countServed } from "../../core/plan/massRemoval.ts";
import type { Plan } from "../../core/plan/Plan.ts";
import { planUpdate } from "../../core/plan/planUpdate.ts";
import { RemovalGuard } from "../../core/plan/RemovalGuard.ts";
import { isExclusion } from "../../core/problem/isExclusion.ts";
import type { Problem } from "../../core/problem/Problem.ts";
import type { Configuration } from "../../core/render/Configuration.ts";
import { servicesIn } from "../../core/render/servicesIn.ts";
import type { SyncOutcome } from "../../core/status/ControllerState.ts";
import type { Clock } from "../clock/Clock.ts";
import type { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import type { HaproxyRuntime } from "../haproxy/HaproxyRuntime.ts";
import { Turns } from "../haproxy/Turns.ts";
import type { Validation } from "../haproxy/validateConfiguration.ts";
import type { Logger } from "../log/Logger.ts";
import { Acceptance, type Extent } from "./Acceptance.ts";
import { Applier, type Base, ReloadRefused } from "./Applier.ts";
import type { Accepted } from "./findAccepted.ts";
import type { Generation, Generator } from "./Generator.ts";
import { ProblemLog } from "./ProblemLog.ts";
import { refusal } from "./refusal.ts";
import { StageTimer } from "./StageTimer.ts";
import type { SyncObserver, SyncReport } from "./SyncObserver.ts";

/** Makes HAProxy take over the files on disk; `later` when it does not run yet and is started with them. */
export type Reload = (
  signal: AbortSignal,
) => Promise<{ ok: true; later?: true } | { ok: false; reason: string; down?: true }>;

/** What `haproxy -c` says of a file. */
export type Validate = (file: string, signal: AbortSignal) => Promise<Validation>;

export interface SynchroniserOptions {
  /** `named`: the apps that events were about; undefined where any app may have changed. */
  readonly fetchApps: (
    signal: AbortSignal,
    named: ReadonlySet<string> | undefined,
  ) => Promise<ClusterReading>;
  readonly generator: Pick<Generator, "generate" | "render" | "move">;
  readonly store: ConfigurationStore;
  /** Undefined with `--skip-validation`. */
  readonly validate: Validate | undefined;
  /** Whether services that HAProxy refuses are left out: not `--skip-config-cleanup`. */
  readonly cleanUp: boolean;
  readonly reload: Reload;
  /** Carries out runtime commands; undefined where every change is a reload. */
  readonly runtime?: Pick<HaproxyRuntime, "facts" | "update" | "forget">;
  /** Shared with whoever else has HAProxy reloaded. */
  readonly turns?: Turns;
  /** The processes of our HAProxy. Undefined where it is not ours: then ports are not tested. */
  readonly haproxyPids?: () => readonly number[];
  /** Asks for another synchronisation: something could not be finished behind the last one. */
  readonly again?: (reason: string) => void;
  /** Milliseconds for which an answer that takes nearly everything away has to hold (`--mass-removal-delay`). */
  readonly massRemovalDelay: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: Pick<
    SyncObserver,
    "synchronised" | "failed" | "reloaded" | "runtimeUpdated" | "fellBack"
  >;
}

/** What asks for a synchronisation. */
export interface SyncRequest {
  /** For the log. */
  readonly reasons: readonly string[];
  /** The apps that events were about; undefined where any app may have changed. */
  readonly named?: ReadonlySet<string>;
  /** Called when Marathon has answered. */
  readonly answered?: () => void;
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

interface LastGeneration {
  readonly services: readonly Service[];
  /** Those of them that the configuration serves, in its order, or their last good ones. */
  readonly served: readonly Service[];
  readonly configuration: Configuration;
  readonly refusals: readonly Problem[];
  /** Of what was refused then. */
  readonly version: number;
}

/** What is to be served, and of its problems those that come of what HAProxy refuses. */
interface Proposal extends Accepted {
  readonly refusals: readonly Problem[];
  /** What it takes to serve it. */
  readonly plan: Plan;
}

/** Milliseconds after which refused services are tried again: a file they need may be there by now. */
const forgiveAfter = 300_000;

/**
 * One synchronisation: fetch, generate, compare, validate, apply. Whatever fails on the way leaves the last good
 * configuration on disk and in service.
 */
export class Synchroniser {
  readonly #options: SynchroniserOptions;
  readonly #problems: ProblemLog;
  readonly #acceptance: Acceptance;
  readonly #applier: Applier;
  readonly #guard: RemovalGuard;
  #forgivenAt: number;
  /** The last generation, the configuration that serves it, and what was left out of it because HAProxy refuses it. */
  #last: LastGeneration | undefined;

  constructor(options: SynchroniserOptions) {
    this.#options = options;
    this.#problems = new ProblemLog(options.logger);
    this.#acceptance = new Acceptance(options);
    this.#applier = new Applier({
      ...options,
      turns: options.turns ?? new Turns(),
      again: options.again ?? (() => {}),
      refused: (failure, given, live) => void this.#refuseUnbound(failure, given, live),
    });
    this.#guard = new RemovalGuard(options.massRemovalDelay);
    this.#forgivenAt = options.clock.monotonic();
  }

  /** @throws {Error} with one line that says what failed */
  async synchronise(request: SyncRequest, signal: AbortSignal): Promise<SyncResult> {
    const { clock, observer } = this.#options;
    const { reasons } = request;
    const timer = new StageTimer(clock);
    try {
      const result = await this.#synchronise(request, timer, signal);
      observer?.synchronised({ ...result, reasons, durations: timer.durations() });
      return result;
    } catch (error) {
      const { message } = error as Error;
      observer?.failed({ reasons, durations: timer.durations(), stage: timer.stage, message });
      throw error;
    }
  }

  async #synchronise(
    { reasons, named, answered }: SyncRequest,
    timer: StageTimer,
    signal: AbortSignal,
  ): Promise<SyncResult & Omit<SyncReport, "reasons" | "durations">> {
    const { fetchApps, generator, clock, logger } = this.#options;
    const began = clock.monotonic();
    if (began - this.#forgivenAt > forgiveAfter) this.forgive();

    const reading = await fetchApps(signal, named);
    answered?.();
    timer.begin("generate");
    const generation = await generator.generate(reading);
    const base = await this.#applier.base();
    signal.throwIfAborted();
    const moved = this.#move(generation, base);
    const extent = base.haproxy ? "new services" : "all";
    let accepted = moved ?? await this.#accept(generation, base, extent, timer, signal);
    timer.begin("apply");
    const { apps } = generation;
    const found = () => ({
      apps,
      services: accepted.services,
      problems: accepted.problems,
      unfinished: accepted.unfinished,
    });

    const heldFor = this.#guard.hold(...(moved ? emptyCounts : counts(base, accepted)), clock.monotonic());
    if (heldFor > 0) {
      logger.warning(
        `Marathon's answer takes nearly everything away (${apps} apps, ${generation.services.length} services ` +
          `are left); it is applied if Marathon says the same in ${
            (heldFor / 1000).toFixed(0)
          } s (--mass-removal-delay)`,
      );
      return { ...found(), outcome: "held", changes: [], heldFor };
    }

    let how;
    try {
      how = await this.#applier.apply(accepted.plan, accepted.configuration, base, signal);
    } catch (error) {
      if (
        !(error instanceof ReloadRefused) || extent === "all" || moved || accepted.plan.kind === "nothing"
      ) {
        throw error;
      }
      // What was looked at by itself may not go together with the rest.
      logger.warning(`${error.message}. Now all of it is checked`);
      accepted = await this.#accept(generation, base, "all", timer, signal);
      timer.begin("apply");
      how = await this.#applier.apply(accepted.plan, accepted.configuration, base, signal);
    }
    const { plan, services: served, configuration, refusals } = accepted;
    const { version } = this.#acceptance.refused;
    this.#last = accepted.unfinished
      ? undefined
      : { services: generation.services, served, configuration, refusals, version };

    const asked = `(${apps} apps, ${generation.services.length} services), asked by ${reasons.join(", ")}`;
    if (how === "nothing") {
      logger.debug(`Nothing to do ${asked}`);
      return { ...found(), outcome: "nothing", changes: [], heldFor };
    }
    const changes = plan.kind === "nothing" ? ["files that HAProxy had not taken over"] : plan.reasons;
    const seconds = ((clock.monotonic() - began) / 1000).toFixed(how === "by commands" ? 3 : 2);
    const why = plan.kind === "reload" && plan.why !== undefined ? ` (reloaded because ${plan.why})` : "";
    const without = how === "by commands" ? " without a reload" : "";
    logger.info(`Applied in ${seconds} s${without} ${asked}: ${changes.join("; ")}${why}`);
    return { ...found(), outcome: "applied", changes, heldFor };
  }

  /** Lets services that HAProxy refused be tried again at the next synchronisation. */
  forgive(): void {
    this.#acceptance.refused.forgive();
    this.#forgivenAt = this.#options.clock.monotonic();
  }

  /** Servers that are to be in service after a reload, should they be in the files then, whatever HAProxy says of them now. */
  get resting(): ReadonlySet<string> {
    return this.#applier.resting;
  }

  /** HAProxy was started or reloaded by somebody else, with the files on disk. */
  restarted(): void {
    this.#applier.restarted();
  }

  /** Resolves when the files say what HAProxy runs. @throws {Error} when they cannot be written */
  settle(): Promise<void> {
    return this.#applier.settle();
  }

  /**
   * Leaves out, from the next synchronisation on, the services that ask for what cannot be bound, which only a start or a
   * reload shows.
   *
   * @param failure what HAProxy said of it
   * @returns whether there are any that were not known to
   */
  refuseUnbound(failure: string): boolean {
    return this.#refuseUnbound(failure, this.#applier.given, undefined);
  }

  /** Reloads the files on disk as they are, if HAProxy accepts them. @param reasons for the status */
  async reloadFiles(signal: AbortSignal, reasons: readonly string[] = ["a request"]): Promise<void> {
    const { store, validate } = this.#options;
    await this.#applier.settle();
    const validation = await validate?.(store.configFile, signal);
    if (validation && !validation.valid) throw refusal(validation.messages, store.configFile);
    await this.#applier.reloadFiles(signal, reasons);
  }

  /** What a change of tasks comes to where that is all there is; its cost follows the change. */
  #move({ services, problems, moved }: Generation, { files, haproxy }: Base): Proposal | undefined {
    const [last, running] = [this.#last, haproxy?.configuration];
    const from = moved?.from ?? services;
    if (!last || last.services !== from || last.configuration !== running) return undefined;
    const { refused } = this.#acceptance;
    if (last.version !== refused.version) return undefined;
    if (moved && !refused.isEmpty) {
      // What is refused has no place in the configuration, or its last good sections have.
      const served = new Set(last.served);
      if ([...moved.moves.keys()].some((service) => !served.has(service))) return undefined;
    }
    const configuration = moved && moved.moves.size > 0
      ? this.#options.generator.move(running, from, services, moved.moves)
      : running;
    if (!configuration) return undefined;
    const { refusals } = last;
    const all = [...problems, ...refusals, ...configuration.problems];
    this.#problems.report(all);
    refused.accept([...moved?.moves.values() ?? []]);
    const isWhole = refused.isEmpty && !configuration.problems.some(isExclusion);
    const moves = moved?.moves;
    const served = isWhole ? services : last.served.map((service) => moves?.get(service) ?? service);
    const plan = planUpdate(files, configuration, haproxy);
    return { services: served, configuration, problems: all, refusals, plan, unfinished: false };
  }

  /** The configuration that serves what HAProxy takes of a generation. Reports every problem. */
  async #accept(
    generation: Generation,
    base: Base,
    extent: Extent,
    timer: StageTimer,
    signal: AbortSignal,
  ): Promise<Proposal> {
    const { services } = generation;
    const proposed = await this.#acceptance.propose(services);
    const planFor = (configuration: Configuration) => planUpdate(base.files, configuration, base.haproxy);
    const plan = planFor(proposed.configuration);
    const needed = plan.kind === "reload" || this.#applier.owesReload ? extent : "none";
    if (needed !== "none") timer.begin("validate");
    const problemsOf = ({ problems, configuration }: Accepted) => [
      ...generation.problems,
      ...problems,
      ...configuration.problems,
    ];
    const accepted = await this.#acceptance.check(proposed, services, needed, base.files, signal).catch(
      (error) => {
        // Also of a configuration that HAProxy refuses: they may say why.
        this.#problems.report(problemsOf(proposed));
        throw error;
      },
    );
    const { configuration, problems: refusals } = accepted;
    const problems = problemsOf(accepted);
    this.#problems.report(problems);
    return {
      ...accepted,
      services: servicesIn(configuration),
      problems,
      refusals,
      plan: configuration === proposed.configuration ? plan : planFor(configuration),
    };
  }

  #refuseUnbound(
    failure: string,
    given: Configuration | undefined,
    live: Configuration | undefined,
  ): boolean {
    if (!given || !this.#options.cleanUp) return false;
    const served = live ? servicesIn(live) : [];
    let found = false;
    for (const [service, reason] of blameBinds(failure, given)) {
      const isSame = ({ appId, index }: Service) => appId === service.appId && index === service.index;
      // `haproxy -c` has taken the one that is refused now for the last good one.
      this.#acceptance.refused.accept(served.filter(isSame));
      if (this.#acceptance.refused.refuse(service, reason)) found = true;
    }
    // The next generation is not served as it is, even if it is the same.
    if (found) this.#last = undefined;
    return found;
  }
}

/** Moving tasks takes no service away. */
const emptyCounts = [undefined, { backends: 0, servers: 0 }] as const;

/** What is served, and what would be. */
function counts({ files, haproxy }: Base, { configuration }: Accepted) {
  if (haproxy) {
    return [countInChunks(haproxy.configuration.chunks), countInChunks(configuration.chunks)] as const;
  }
  return [files && countServed(files.text), countServed(configuration.text)] as const;
}
