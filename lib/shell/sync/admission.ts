import { blame, isFileFault, mayStillFail } from "../../core/admission/blame.ts";
import { RefusedServices } from "../../core/admission/refused.ts";
import { type SuspectGroup, Suspects } from "../../core/admission/suspects.ts";
import { refusal } from "../../core/haproxy/messages.ts";
import type { Service } from "../../core/model/service.ts";
import type { ConfigurationFiles } from "../../core/plan/plan.ts";
import type { Problem } from "../../core/problem.ts";
import type { Configuration } from "../../core/render/configuration.ts";
import type { Haste, Validate, Validation } from "../haproxy/binary.ts";
import type { Generator } from "./generator.ts";
import { Judge } from "./judge.ts";
import { PortTest } from "./portTest.ts";
import type { ConfigurationStore, StagingPlace } from "./store.ts";

export interface AcceptanceOptions {
  readonly generator: Pick<Generator, "render">;
  readonly store: ConfigurationStore;
  /** Undefined with `--skip-validation`. */
  readonly validate: Validate | undefined;
  /** Whether services that HAProxy refuses are left out: not `--skip-config-cleanup`. */
  readonly cleanUp: boolean;
  /** The processes of our HAProxy. Undefined where it is not ours: then ports are not tested. */
  readonly haproxyPids?: () => readonly number[];
}

const unchecked: Validation = { valid: true, messages: [], stage: "start" };

/** Finds out what HAProxy takes of the services that Marathon has, and remembers what it refuses. */
export class Acceptance {
  readonly refused = new RefusedServices();
  readonly #suspects = new Suspects(this.refused);
  readonly #judge: Judge;
  readonly #options: AcceptanceOptions;
  readonly #ports: PortTest | undefined;
  /** The services of the last proposal. */
  #services: readonly Service[] = [];
  /** The files that HAProxy has loaded. */
  #running: ConfigurationFiles | undefined;

  constructor(options: AcceptanceOptions) {
    this.#options = options;
    const { haproxyPids } = options;
    this.#ports = haproxyPids && new PortTest({ refused: this.refused, haproxyPids });
    this.#judge = new Judge({
      ...this.#rendering,
      suspects: this.#suspects,
      check: (configuration, signal) => this.#look(configuration, { place: ".judged" }, signal),
    });
  }

  /** Whether services are to be checked on their own. */
  get unfinished(): boolean {
    return !this.#suspects.isEmpty;
  }

  /** What would be served of these services, by what is known of them. HAProxy is not asked. */
  async propose(services: readonly Service[]): Promise<Accepted> {
    await this.#ports?.forgiveFreed();
    this.#services = services;
    this.refused.retain(services);
    this.#suspects.holdBack(services);
    this.#judge.follow(services);
    return { ...makeCandidate(services, this.#rendering), unfinished: this.refused.waits };
  }

  /**
   * Has HAProxy look at a proposal, and leaves out what it refuses.
   *
   * @param services those that Marathon has
   * @param running the files that HAProxy has loaded
   * @param open services that are not taken for good without a check
   * @throws {Error} as `findAccepted`
   */
  async check(
    proposal: Accepted,
    services: readonly Service[],
    extent: Extent,
    running: ConfigurationFiles | undefined,
    signal: AbortSignal,
    open: ReadonlySet<Service> = new Set(),
  ): Promise<Accepted> {
    this.#running = running;
    if (extent === "none" || !this.#asks) {
      const { services } = proposal;
      this.refused.accept(open.size === 0 ? services : services.filter((service) => !open.has(service)));
      return proposal;
    }
    const options = {
      ...this.#rendering,
      suspects: this.#suspects,
      cleanUp: this.#options.cleanUp,
      check: (some: Configuration, haste?: Haste) => this.#look(some, { haste }, signal),
    };
    return await findAccepted(services, options, proposal, extent);
  }

  /** Has HAProxy judge services that were set aside, until more can be served or all are judged. @throws as `Judge.judge` */
  judge(signal: AbortSignal): Promise<void> {
    return this.#judge.judge(signal);
  }

  /** Lets refused services be tried again: what they need outside their definition may exist by now. */
  forgive(): void {
    if (this.#asks) {
      this.refused.forgetFormer(this.#services);
      this.#suspects.retry(this.#services);
    } else this.refused.forgive();
  }

  /** Whether anything is asked before a configuration is put in place. */
  get #asks(): boolean {
    return this.#options.validate !== undefined || this.#ports !== undefined;
  }

  get #rendering() {
    const { generator } = this.#options;
    const render = (some: readonly Service[]): Configuration => generator.render(some);
    return { render, refused: this.refused };
  }

  async #look(
    configuration: Configuration,
    how: { readonly haste?: Haste; readonly place?: StagingPlace },
    signal: AbortSignal,
  ): Promise<Validation> {
    const { store, validate } = this.#options;
    const validation = validate && await validateStaged(configuration, { store, validate, ...how }, signal);
    if (validation && !validation.valid) return validation;
    return await this.#ports?.check(configuration, this.#running) ?? validation ?? unchecked;
  }
}

/** A configuration that HAProxy may take, and what it serves. */
export interface Candidate {
  readonly services: readonly Service[];
  /** One for each service that is left out because HAProxy refused it, or has not judged it. */
  readonly problems: readonly Problem[];
  readonly configuration: Configuration;
  /** `RefusedServices.version` as this was made: verdicts may come at any time. */
  readonly version: number;
}

/** The configuration of these services without the ones that HAProxy is known to refuse, or has not judged. */
export function makeCandidate(
  wanted: readonly Service[],
  { render, refused }: {
    readonly render: (services: readonly Service[]) => Configuration;
    readonly refused: RefusedServices;
  },
): Candidate {
  const { version } = refused;
  const { services, problems } = refused.substitute(wanted);
  return { services, problems, configuration: render(services), version };
}

/**
 * Has HAProxy check files in a place that no running process reads, and removes them afterwards.
 *
 * @param place a separate one for each of the checks that run at the same time
 */
export async function validateStaged(
  files: ConfigurationFiles,
  { store, validate, haste, place }: {
    readonly store: ConfigurationStore;
    readonly validate: Validate;
    readonly haste?: Haste;
    readonly place?: StagingPlace;
  },
  signal: AbortSignal,
): Promise<Validation> {
  try {
    return await validate(await store.stage(files, place), signal, haste);
  } finally {
    await store.discardStaged(place);
  }
}

/** HAProxy reads a large configuration for seconds: so often at most, however many new services are bad. */
const maxChecks = 3;

/** How much of a new configuration HAProxy has to look at. */
export type Extent =
  /** Nothing: it is the same as what runs, or differs in what cannot be refused. */
  | "none"
  /** Services that it has not taken before. The others were taken together with what runs. */
  | "new services"
  | "all";

export interface FindAcceptedOptions {
  readonly render: (services: readonly Service[]) => Configuration;
  readonly check: (configuration: Configuration, haste?: Haste) => Promise<Validation>;
  readonly refused: RefusedServices;
  /** Takes the services that are left for checks of their own. */
  readonly suspects: Pick<Suspects, "setAside" | "release">;
  /** False with `--skip-config-cleanup`: a refused configuration is an error at once. */
  readonly cleanUp: boolean;
}

export interface Accepted {
  /** What is served. */
  readonly services: readonly Service[];
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
  /** `RefusedServices.version` as this was made. */
  readonly version: number;
  /** Whether services wait for checks of their own. */
  readonly unfinished: boolean;
}

/**
 * Finds a configuration that HAProxy accepts. It has the services that HAProxy accepted before, and as many new ones as
 * three checks can prove to be good. Other services do not have to wait. Services of apps at fault, and those that
 * HAProxy has not read, are set aside for checks of their own.
 *
 * @param first the candidate of these services, if it exists already
 * @param extent with `new services`, these are checked on their own first
 * @throws {Error} when HAProxy refuses what all services share, a file that was good before, or what it accepted before
 */
export async function findAccepted(
  services: readonly Service[],
  options: FindAcceptedOptions,
  first: Candidate = makeCandidate(services, options),
  extent: Exclude<Extent, "none"> = "all",
): Promise<Accepted> {
  const found = await new Search(services, options, extent).run(first);
  return { ...found, unfinished: options.refused.waits };
}

class Search {
  readonly #services: readonly Service[];
  readonly #options: FindAcceptedOptions;
  /** Whether what was taken before runs, and need not be checked. */
  readonly #runs: boolean;
  #checks = 0;
  /** Whether new services are checked together with the others. */
  #whole: boolean;
  /** Whether HAProxy takes the configuration without any service. */
  #knowsShared = false;
  /** Set aside while a service is at fault that HAProxy took before. */
  #doubted: readonly Service[] = [];

  constructor(services: readonly Service[], options: FindAcceptedOptions, extent: Extent) {
    this.#services = services;
    this.#options = options;
    this.#runs = extent === "new services";
    this.#whole = !this.#runs;
  }

  async run(candidate: Candidate): Promise<Candidate> {
    const { render, refused, cleanUp } = this.#options;
    while (true) {
      const fresh = candidate.services.filter((service) => !refused.isProven(service));
      if (fresh.length === 0 && (this.#runs || candidate.services.length === 0 && this.#knowsShared)) {
        return candidate;
      }
      const alone = !this.#whole && fresh.length < candidate.services.length;
      const looked = alone ? { ...candidate, configuration: render(fresh) } : candidate;
      // A change of what is served waits for this. A longer check is made beside it.
      const validation = await this.#check(looked.configuration, this.#runs && cleanUp ? "short" : "full");
      if (validation.valid) {
        refused.accept(candidate.services);
        return candidate;
      }
      if (!cleanUp && alone) this.#whole = true;
      else if (!cleanUp) throw refusal(validation.messages, "the new configuration");
      else if (alone) await this.#failAlone(fresh, looked.configuration, validation);
      else await this.#failWhole(fresh, candidate, validation);
      candidate = makeCandidate(this.#services, this.#options);
      if (this.#checks >= maxChecks) return await this.#giveUp(candidate);
    }
  }

  /** The new services were checked on their own. */
  async #failAlone(
    fresh: readonly Service[],
    configuration: Configuration,
    validation: Validation,
  ): Promise<void> {
    const blamed = blame(validation.messages, configuration, fresh);
    const apps = new Set([...blamed.keys()].map(({ appId }) => appId));
    const isAtFault = ({ appId }: Service) => apps.size === 0 || apps.has(appId);
    if (apps.size > 0 && !fresh.every(isAtFault)) {
      const why = (service: Service) => blamed.has(service) ? complaint(blamed.get(service)!) : otherServices;
      this.#setAside(fresh.filter(isAtFault), { alone: false, state: "named" }, why);
    } else if (validation.endless || new Set(fresh.map(({ appId }) => appId)).size > 1 && apps.size === 0) {
      await this.#checkShared();
      const state = validation.endless ? "open" : "refused";
      this.#setAside(fresh, { alone: true, state }, nameless(validation));
    } else {
      // A service that names sections of other services is refused without these. Only the whole shows which service is
      // at fault.
      this.#whole = true;
    }
  }

  async #failWhole(
    fresh: readonly Service[],
    { configuration, services }: Candidate,
    validation: Validation,
  ): Promise<void> {
    const { refused, suspects } = this.#options;
    const { messages, endless } = validation;
    let blamed = blame(messages, configuration, services);
    // HAProxy runs with the earlier content of the file. Leaving the service out would end it, and help no other service.
    const spoilt = [...blamed].find(([service, reason]) => refused.isProven(service) && isFileFault(reason));
    if (spoilt) throw refusal(messages, `a file that ${spoilt[0].appId} uses, which it accepted before`);

    if (blamed.size === 0) {
      await this.#checkShared();
      if (fresh.length > 0) {
        const state = this.#runs && endless ? "open" : endless ? "endless" : "refused";
        this.#setAside(fresh, { alone: false, state }, nameless(validation));
        return;
      }
      if (endless) throw refusal(messages, "what it accepted before");
      blamed = new Map([await findCulprit(services, validation, this.#options)]);
      this.#checks = 0;
    }
    if (fresh.length > 0 && [...blamed.keys()].some((service) => refused.isProven(service))) {
      // A new service can make HAProxy complain of one that was good.
      this.#doubted = fresh;
      this.#setAside(fresh, { alone: false, state: "refused" }, otherServices);
      return;
    }
    for (const [service, reason] of blamed) refused.refuse(service, reason);
    suspects.release(this.#doubted);
    this.#doubted = [];
    const apps = new Set([...blamed.keys()].map(({ appId }) => appId));
    const waiting = fresh.filter((service) => apps.has(service.appId) && !blamed.has(service));
    this.#setAside(waiting, { alone: false, state: "named" }, otherServices);

    if (this.#checks !== maxChecks - 1) return;
    const lastLine = Math.max(0, ...messages.map(({ line = 0 }) => line));
    const doubtful = mayStillFail(configuration.chunks, validation.stage, lastLine);
    const unread = fresh.filter((service) => doubtful.has(service) && !apps.has(service.appId));
    this.#setAside(unread, { alone: false, state: "open" }, "errors of other services hide its own");
  }

  /**
   * New services wait. The rest is checked once more where it does not run yet, because only a checked one is served.
   */
  async #giveUp(candidate: Candidate): Promise<Candidate> {
    const { refused } = this.#options;
    const fresh = candidate.services.filter((service) => !refused.isProven(service));
    this.#setAside(fresh, { alone: !this.#whole, state: "open" }, "too many others are refused");
    const rest = fresh.length > 0 ? makeCandidate(this.#services, this.#options) : candidate;
    if (this.#runs) return rest;
    if (rest.services.length === 0) await this.#checkShared();
    else {
      const { valid, messages } = await this.#check(rest.configuration);
      if (!valid) throw refusal(messages, "the new configuration");
    }
    return rest;
  }

  #setAside(
    services: readonly Service[],
    group: Omit<SuspectGroup, "services">,
    reason: string | ((service: Service) => string),
  ): void {
    if (services.length === 0) return;
    const why = typeof reason === "string" ? () => reason : reason;
    const { suspects } = this.#options;
    if (group.state !== "named") return suspects.setAside({ ...group, services }, why);
    for (const part of Map.groupBy(services, ({ appId }) => appId).values()) {
      suspects.setAside({ ...group, services: part }, why);
    }
  }

  /** @throws {Error} when what is wrong has nothing to do with services */
  async #checkShared(): Promise<void> {
    if (this.#knowsShared) return;
    const { valid, messages } = await this.#check(this.#options.render([]));
    if (!valid) {
      const what = "the configuration even without any app, check the templates and the files they name";
      throw refusal(messages, what);
    }
    this.#knowsShared = true;
  }

  #check(configuration: Configuration, haste: Haste = "full"): Promise<Validation> {
    this.#checks++;
    return this.#options.check(configuration, haste);
  }
}

const otherServices = "HAProxy refuses others beside it";

function nameless({ endless, messages }: Validation): string {
  if (endless) return "a check of it together with others did not end";
  const reason = messages.find(({ severity }) => severity === "alert")?.message ?? "it gives no reason";
  return `HAProxy refuses it together with others: ${withoutStop(reason)}`;
}

function complaint(said: string): string {
  return `HAProxy reports: ${withoutStop(said)}`;
}

function withoutStop(message: string): string {
  return message.replace(/\.$/, "");
}

/**
 * Finds, by halves, one service whose absence leaves HAProxy with less to complain about, when its messages name none.
 * Services that HAProxy has accepted before are suspected last.
 *
 * @param whole what HAProxy said about all of them
 * @throws {Error} when HAProxy also refuses the configuration without any service, or accepts all of them now. The
 * first comes from the operator's templates, or a file that they name.
 */
export async function findCulprit(
  services: readonly Service[],
  whole: Validation,
  { render, check, refused }: Pick<FindAcceptedOptions, "render" | "check" | "refused">,
): Promise<[Service, string]> {
  const order = [
    ...services.filter((service) => refused.isProven(service)),
    ...services.filter((service) => !refused.isProven(service)),
  ];
  // Sections have to stay in their own order: only which ones are there changes.
  const checkFirst = (count: number) => {
    const chosen = new Set(order.slice(0, count));
    return check(render(services.filter((service) => chosen.has(service))));
  };
  const none = await checkFirst(0);
  if (!none.valid) {
    const what = "the configuration even without any app, check the templates and the files they name";
    throw refusal(none.messages, what);
  }

  let [valid, invalid, said] = [0, order.length, whole];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >>> 1;
    const validation = await checkFirst(middle);
    if (validation.valid) valid = middle;
    else [invalid, said] = [middle, validation];
  }
  // The reason why HAProxy refused all of them may be over, and the last one would be blamed for it.
  if (said === whole && (await checkFirst(order.length)).valid) {
    throw refusal(whole.messages, "the new configuration, but accepted it in a second check");
  }
  const reason = said.messages.find(({ severity }) => severity === "alert")?.message ?? "it gives no reason";
  return [order[invalid - 1]!, reason];
}
