import { blameBinds } from "../../core/admission/blame.ts";
import { backendName, type Service } from "../../core/model/service.ts";
import { countInChunks, countServed } from "../../core/plan/massRemoval.ts";
import type { ConfigurationFiles, Plan, RuntimePlan } from "../../core/plan/plan.ts";
import { planUpdate } from "../../core/plan/planUpdate.ts";
import { isExclusion, type Problem } from "../../core/problem.ts";
import { assembled, type Configuration, servicesIn } from "../../core/render/configuration.ts";
import type { Logger } from "../log/logger.ts";
import { Acceptance, type AcceptanceOptions, type Accepted, type Extent } from "./admission.ts";
import type { Base } from "./applier.ts";
import type { Generation, Generator } from "./generator.ts";
import { ProblemLog, type StageTimer } from "./progress.ts";

export interface ProposerOptions extends AcceptanceOptions {
  readonly generator: Pick<Generator, "render" | "move">;
  /** Whether HAProxy has to load the files, even if they stay as they are. */
  readonly owesReload: () => boolean;
  readonly logger: Logger;
}

/** What is to be served, and of its problems those that come of what HAProxy refuses. */
export interface Proposal extends Accepted {
  readonly refusals: readonly Problem[];
  /** What was looked at: tasks that moved alone, or what was given to HAProxy to check. */
  readonly extent: "moved tasks" | Extent;
  /** What it takes to serve it. */
  readonly plan: Plan;
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

/** Admits services: what of a generation is to be served, and what that takes. Reports every problem. */
export class Proposer {
  readonly #options: ProposerOptions;
  readonly #problems: ProblemLog;
  readonly #acceptance: Acceptance;
  /** The last generation, the configuration that serves it, and what was left out of it because HAProxy refuses it. */
  #last: LastGeneration | undefined;
  /** Whether the next proposal has HAProxy look at all of it, even where nothing differs. */
  #mustCheck = false;

  constructor(options: ProposerOptions) {
    this.#options = options;
    this.#problems = new ProblemLog(options.logger);
    this.#acceptance = new Acceptance(options);
  }

  /** Whether services are to be checked on their own. */
  get unfinished(): boolean {
    return this.#acceptance.unfinished;
  }

  /** What serves a generation, by the shortest way. @throws {Error} as `accept` */
  async propose(
    generation: Generation,
    base: Base,
    timer: StageTimer,
    signal: AbortSignal,
  ): Promise<Proposal> {
    const extent = base.haproxy && !this.#mustCheck ? "new services" : "all";
    if (generation.notes) this.#problems.reportNotes(generation.notes);
    return this.#move(generation, base) ?? await this.accept(generation, base, extent, timer, signal);
  }

  /** Notes that HAProxy serves this of a generation. */
  serves({ services }: Generation, { services: served, configuration, refusals, version }: Proposal): void {
    this.#last = { services, served, configuration, refusals, version };
  }

  /** Has the next proposal render everything and HAProxy check all of it. */
  recheck(): void {
    this.#last = undefined;
    this.#mustCheck = true;
  }

  /** Lets services that HAProxy refused be tried again, from the next proposal on. */
  forgive(): void {
    this.#acceptance.forgive();
  }

  /** Has HAProxy judge services that were set aside. @throws as `Acceptance.judge` */
  judge(signal: AbortSignal): Promise<void> {
    return this.#acceptance.judge(signal);
  }

  /** The result of a change that only concerns tasks. Its cost follows the size of the change. */
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
    // The services whose ports have waited for a reload are not checked yet.
    if (haproxy?.facts?.portsDue) return undefined;
    const plan = planUpdate(files, configuration, haproxy);
    const { version } = last;
    return {
      services: served,
      configuration,
      problems: all,
      refusals,
      plan,
      version,
      extent: "moved tasks",
      unfinished: refused.waits,
    };
  }

  /** The configuration that serves what HAProxy takes of a generation. Reports every problem. */
  async accept(
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
    const came = plan.kind === "runtime" ? cameIn(plan, proposed.configuration) : [];
    const isNeeded = plan.kind === "reload" || this.#options.owesReload() || this.#mustCheck ||
      came.length > 0 && !this.#acceptance.refused.isEmpty || came.some(asksMuch);
    const needed = isNeeded ? extent : "none";
    if (needed !== "none") timer.begin("validate");
    const problemsOf = ({ problems, configuration }: Accepted) => [
      ...generation.problems,
      ...problems,
      ...configuration.problems,
    ];
    // HAProxy has the rest of what came, and loads its frontends later: the reload that brings them checks them.
    const open = new Set(came.filter(({ frontend }) => frontend !== false));
    const accepted = await this.#acceptance.check(proposed, services, needed, held(base), signal, open).catch(
      (error) => {
        // Also of a configuration that HAProxy refuses: they may say why.
        this.#problems.report(problemsOf(proposed));
        throw error;
      },
    );
    this.#mustCheck = false;
    const { configuration, problems: refusals } = accepted;
    const problems = problemsOf(accepted);
    this.#problems.report(problems);
    return {
      ...accepted,
      services: servicesIn(configuration),
      problems,
      refusals,
      extent,
      plan: configuration === proposed.configuration ? plan : planFor(configuration),
    };
  }

  /**
   * Whether a service is in the files of an earlier process, but would not be in the next ones, because it waits for a
   * verdict.
   */
  wouldDrop(services: readonly Service[], { files, haproxy }: Base): boolean {
    const { refused } = this.#acceptance;
    if (haproxy || !files || !refused.waits) return false;
    const present = new Set(
      files.text.match(/^backend\s+\S+/gm)?.map((line) => line.replace(/^backend\s+/, "")),
    );
    return services.some((service) => refused.isWaiting(service) && present.has(backendName(service)));
  }

  /**
   * Leaves out, from the next generation on, the services that ask for what cannot be bound.
   *
   * @param failure what HAProxy said of it
   * @param given the configuration that it said it of
   * @param live what it runs
   * @returns whether there are any that were not known to
   */
  refuseUnbound(
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

/** The services that come by commands. */
function cameIn({ arrivals }: RuntimePlan, { chunks }: Configuration): Service[] {
  if (arrivals.length === 0) return [];
  const names = new Set(arrivals.map(({ backend }) => backend));
  return chunks.flatMap(({ backend, service }) =>
    backend && service && names.has(backendName(service)) ? service : []
  );
}

/** Whether a service may well be refused for more than its servers, which HAProxy checks as it adds them. */
function asksMuch({ labels, frontend }: Service): boolean {
  return frontend !== false && (labels.SSL_CERT !== undefined || labels.BIND_OPTIONS !== undefined);
}

/** The files of which HAProxy has the ports: without the frontends that wait for a reload. */
function held({ files, haproxy }: Base): ConfigurationFiles | undefined {
  const waiting = haproxy?.facts?.waiting?.filter(({ kind }) => kind === "came") ?? [];
  if (!haproxy || waiting.length === 0) return files;
  const { chunks, maps } = haproxy.configuration;
  const names = new Set(waiting.map(({ backend }) => backend));
  return assembled({
    chunks: chunks.filter(({ frontend, service }) => !frontend || !names.has(backendName(service!))),
    maps,
    problems: [],
  });
}

/** What the removal guard compares where nothing can be removed. */
export const noRemoval = [undefined, { backends: 0, servers: 0 }] as const;

/** What is served of Marathon's apps, and what would be: what other apps lose is not Marathon's doing. */
export function removalOf(
  { files, haproxy }: Base,
  { configuration }: Accepted,
  outside?: ReadonlySet<string>,
) {
  if (haproxy) {
    const running = countInChunks(haproxy.configuration.chunks, outside);
    return [running, countInChunks(configuration.chunks, outside)] as const;
  }
  return [files && countServed(files.text, outside), countServed(configuration.text, outside)] as const;
}
