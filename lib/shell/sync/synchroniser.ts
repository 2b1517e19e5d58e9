import type { World } from "../../core/explain/world.ts";
import { refusal } from "../../core/haproxy/messages.ts";
import type { ClusterReading } from "../../core/marathon/cluster.ts";
import { RemovalGuard } from "../../core/plan/massRemoval.ts";
import { filesOf, owesReload } from "../../core/plan/loaded.ts";
import type { Problem } from "../../core/problem.ts";
import type { SyncObserver, SyncReport } from "../../core/status/observer.ts";
import type { SyncOutcome } from "../../core/status/state.ts";
import type { Validate } from "../haproxy/binary.ts";
import { Applier, type ApplierOptions, type Reload, ReloadRefused } from "./applier.ts";
import type { Generator } from "./generator.ts";
import { Findings, StageTimer } from "./progress.ts";
import { noRemoval, Proposer, removalOf } from "./proposer.ts";

export interface SynchroniserOptions
  extends
    Pick<ApplierOptions, "ledger" | "store" | "reload" | "runtime" | "portReloadDelay" | "clock" | "logger"> {
  /** `named`: the apps that events were about; undefined where any app may have changed. */
  readonly fetchApps: (
    signal: AbortSignal,
    named: ReadonlySet<string> | undefined,
  ) => Promise<ClusterReading>;
  readonly generator:
    & Pick<Generator, "generate" | "render" | "move" | "served">
    & Partial<Pick<Generator, "world">>;
  /** Undefined with `--skip-validation`. */
  readonly validate: Validate | undefined;
  /** Whether services that HAProxy refuses are left out: not `--skip-config-cleanup`. */
  readonly cleanUp: boolean;
  /** The processes of our HAProxy. Undefined where it is not ours: then ports are not tested. */
  readonly haproxyPids?: () => readonly number[];
  /** Milliseconds for which an answer that takes nearly everything away has to hold (`--mass-removal-delay`). */
  readonly massRemovalDelay: number;
  readonly observer?: Pick<
    SyncObserver,
    "synchronised" | "failed" | "reloaded" | "runtimeUpdated" | "fellBack" | "entered"
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
  /** Whether services are to be checked on their own (`judge`), and another one should follow that. */
  readonly unfinished: boolean;
  /** Milliseconds until another one has to confirm that nearly everything is gone; 0 when none has to. */
  readonly heldFor: number;
  /** Why Marathon gave no answer, where apps were served without one. It is to be asked again, as after a failure. */
  readonly failure?: Error;
}

/** Milliseconds after which refused services are tried again: a file they need may be there by now. */
const forgiveAfter = 300_000;

/**
 * One synchronisation: fetch, generate, admit, guard, apply. Whatever fails on the way leaves the last good
 * configuration on disk and in service.
 */
export class Synchroniser {
  readonly #options: SynchroniserOptions;
  readonly #proposer: Proposer;
  readonly #applier: Applier;
  readonly #guard: RemovalGuard;
  #forgivenAt: number;
  /** Whether anything was applied: until then HAProxy has what was on disk at the start. */
  #applied = false;
  /** Whether it holds back an answer that takes nearly everything away. */
  #mustHold = true;
  readonly #findings: Findings;

  constructor(options: SynchroniserOptions) {
    this.#options = options;
    this.#proposer = new Proposer({ ...options, owesReload: () => owesReload(options.ledger.state) });
    this.#applier = new Applier({
      ...options,
      refused: (failure, given, live) => void this.#proposer.refuseUnbound(failure, given, live),
    });
    this.#guard = new RemovalGuard(options.massRemovalDelay);
    this.#findings = new Findings(options.clock);
    this.#forgivenAt = options.clock.monotonic();
  }

  /** @throws {Error} with one line that says what failed */
  async synchronise(request: SyncRequest, signal: AbortSignal): Promise<SyncResult> {
    const { clock, observer } = this.#options;
    const { reasons } = request;
    const timer = new StageTimer(clock, (stage) => observer?.entered?.(stage));
    try {
      const result = await this.#synchronise(request, timer, signal);
      const durations = timer.durations();
      observer?.synchronised({ ...result, reasons, durations });
      const { failure } = result;
      if (failure) observer?.failed({ reasons, durations, stage: "fetch", message: failure.message });
      return result;
    } catch (error) {
      const { message } = error as Error;
      observer?.failed({ reasons, durations: timer.durations(), stage: timer.stage, message });
      throw error;
    } finally {
      observer?.entered?.(undefined);
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
    let accepted = await this.#proposer.propose(generation, base, timer, signal);
    const moved = accepted.extent === "moved tasks";
    timer.begin("apply");
    const { apps } = generation;
    // Of the first answer every app is new.
    const news = reading.from.apps.size > 0 ? reading.changes : [];
    const touched = news.flatMap(({ before, after }) => (after ?? before)?.id ?? []);
    const found = () => ({
      apps,
      services: accepted.services,
      problems: accepted.problems,
      touched,
      ...reading.failure ? { failure: reading.failure } : {},
      unfinished: this.#proposer.unfinished,
    });
    if (!this.#applied && this.#proposer.wouldDrop(generation.services, base)) {
      logger.warning(
        "HAProxy has not checked services that the files on disk serve: these files stay until it has " +
          `(${apps} apps, ${generation.services.length} services)`,
      );
      this.#findings.note(accepted.configuration, accepted.problems);
      return { ...found(), outcome: "held", changes: [], heldFor: 0 };
    }

    // Moving tasks takes no service away.
    const removal = moved || !this.#mustHold ? noRemoval : removalOf(base, accepted, reading.outside);
    this.#mustHold = true;
    const heldFor = this.#guard.hold(...removal, clock.monotonic(), reading);
    if (heldFor > 0) {
      logger.warning(
        `Marathon's answer removes nearly everything (${apps} apps, ${generation.services.length} services ` +
          `are left); applying it if Marathon confirms it in ${
            (heldFor / 1000).toFixed(0)
          } s (--mass-removal-delay)`,
      );
      this.#findings.hold(accepted.configuration, accepted.problems);
      return { ...found(), outcome: "held", changes: [], heldFor };
    }

    let how;
    try {
      how = await this.#applier.apply(accepted.plan, accepted.configuration, base, signal);
    } catch (error) {
      const isPart = accepted.extent === "new services" && accepted.plan.kind !== "nothing";
      if (!(error instanceof ReloadRefused) || !isPart) throw error;
      // What was checked on its own may not go together with the rest.
      logger.warning(`${error.message}; retrying with full validation`);
      accepted = await this.#proposer.accept(generation, base, "all", timer, signal);
      timer.begin("apply");
      how = await this.#applier.apply(accepted.plan, accepted.configuration, base, signal);
    }
    const { plan } = accepted;
    this.#applied = true;
    // Tasks that move hold nothing.
    if (!moved) generator.served(accepted.services);
    this.#proposer.serves(generation, accepted);
    this.#findings.serve(accepted.configuration, accepted.problems);

    const asked = `(${apps} apps, ${generation.services.length} services), triggered by ${
      reasons.join(", ")
    }`;
    if (how === "nothing") {
      logger.debug(`Nothing to do ${asked}`);
      return { ...found(), outcome: "nothing", changes: [], heldFor };
    }
    const changes = plan.kind === "nothing" ? ["files that HAProxy had not loaded"] : plan.reasons;
    const seconds = ((clock.monotonic() - began) / 1000).toFixed(how === "by commands" ? 3 : 2);
    const why = plan.kind === "reload" && plan.why !== undefined ? ` (reloaded because ${plan.why})` : "";
    const without = how === "by commands" ? " without a reload" : "";
    logger.info(`Applied in ${seconds} s${without} ${asked}: ${changes.join("; ")}${why}`);
    const kind = how === "by commands" ? "commands" as const : "reload" as const;
    return { ...found(), outcome: "applied", how: kind, changes, heldFor };
  }

  /**
   * What explanations are computed from. Undefined before the first synchronisation. It costs nothing until it is used,
   * and is the same object as long as nothing is new.
   */
  world(): World | undefined {
    return this.#findings.world((...found) => this.#options.generator.world?.(...found));
  }

  /** Lets services that HAProxy refused be tried again, from the next synchronisation on. */
  forgive(): void {
    this.#proposer.forgive();
    this.#forgivenAt = this.#options.clock.monotonic();
  }

  /**
   * Has HAProxy judge services that were set aside, in parallel with synchronisations. It ends when more services can
   * be served, or all are judged. Call it after a synchronisation that is `unfinished`, and one at a time. Another
   * synchronisation has to follow.
   *
   * @throws {Error} when HAProxy cannot be asked, or the fault has nothing to do with these services
   */
  judge(signal: AbortSignal): Promise<void> {
    return this.#proposer.judge(signal);
  }

  /**
   * Makes the next synchronisation render everything and have HAProxy check all of it. Something beside the apps has
   * changed.
   *
   * @param hold whether an answer that removes nearly everything is then held back. False where the removal comes from
   * that change, not from Marathon's answer.
   */
  recheck({ hold }: { hold: boolean }): void {
    this.#proposer.recheck();
    this.#mustHold &&= hold;
  }

  /**
   * Leaves out, from the next synchronisation on, the services that need an address which HAProxy cannot bind. Only a
   * start or a reload shows that.
   *
   * @param failure what HAProxy said of it
   * @returns whether there are any that were not known before
   */
  refuseUnbound(failure: string): boolean {
    return this.#proposer.refuseUnbound(failure, filesOf(this.#options.ledger.state), undefined);
  }

  /**
   * Has HAProxy load the files again for what has changed beside them, such as a certificate. A failure owes nothing. Rejects
   * only when the signal is aborted.
   */
  reloadBeside(reasons: readonly string[], signal: AbortSignal): ReturnType<Reload> {
    return this.#applier.reloadBeside(reasons, signal);
  }

  /** Deletes removed servers once they are idle, as {@link Applier.followRemoved} does. */
  followRemoved(signal: AbortSignal): Promise<void> {
    return this.#applier.followRemoved(signal);
  }

  /** Runs work between reloads, as {@link Applier.between} does. */
  between<T>(work: () => Promise<T>): Promise<T> {
    return this.#applier.between(work);
  }

  /** Reloads the files on disk as they are, if HAProxy accepts them. @param reasons for the status */
  async reloadFiles(signal: AbortSignal, reasons: readonly string[] = ["a request"]): Promise<void> {
    const { ledger, store, validate } = this.#options;
    await ledger.settle();
    const validation = await validate?.(store.configFile, signal);
    if (validation && !validation.valid) throw refusal(validation.messages, store.configFile);
    await this.#applier.reloadFiles(signal, reasons);
  }
}
