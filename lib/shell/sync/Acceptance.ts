import { RefusedServices } from "../../core/exclusion/RefusedServices.ts";
import type { Service } from "../../core/model/Service.ts";
import type { ConfigurationFiles } from "../../core/plan/ConfigurationFiles.ts";
import type { Configuration } from "../../core/render/Configuration.ts";
import type { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import type { Validation } from "../haproxy/validateConfiguration.ts";
import { makeCandidate } from "./Candidate.ts";
import { type Accepted, findAccepted } from "./findAccepted.ts";
import type { Generator } from "./Generator.ts";
import { PortTest } from "./PortTest.ts";
import type { Validate } from "./Synchroniser.ts";
import { validateStaged } from "./validateStaged.ts";

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

/** How much of a new configuration HAProxy has to look at. */
export type Extent =
  /** Nothing: it is the same as what runs, or differs in what cannot be refused. */
  | "none"
  /** Services that it has not taken before. The others were taken together with what runs. */
  | "new services"
  | "all";

const unchecked: Validation = { valid: true, messages: [], stage: "start" };

/** Finds out what HAProxy takes of the services that Marathon has, and remembers what it refuses. */
export class Acceptance {
  readonly refused = new RefusedServices();
  readonly #options: AcceptanceOptions;
  readonly #ports: PortTest | undefined;

  constructor(options: AcceptanceOptions) {
    this.#options = options;
    const { haproxyPids } = options;
    this.#ports = haproxyPids && new PortTest({ refused: this.refused, haproxyPids });
  }

  /** What would be served of these services by what is known of them: nothing is asked of HAProxy. */
  async propose(services: readonly Service[]): Promise<Accepted> {
    await this.#ports?.forgiveFreed();
    this.refused.retain(services);
    return { ...makeCandidate(services, this.#rendering), unfinished: false };
  }

  /**
   * Has HAProxy look at a proposal, and leaves out what it refuses.
   *
   * @param services those that Marathon has
   * @param running the files that HAProxy has loaded
   * @throws {Error} as `findAccepted`
   */
  async check(
    proposal: Accepted,
    services: readonly Service[],
    extent: Extent,
    running: ConfigurationFiles | undefined,
    signal: AbortSignal,
  ): Promise<Accepted> {
    const { validate, cleanUp } = this.#options;
    if (extent === "none" || validate === undefined && this.#ports === undefined) {
      this.refused.accept(proposal.services);
      return proposal;
    }
    const check = (some: Configuration) => this.#look(some, running, signal);
    const options = { ...this.#rendering, check, cleanUp };
    if (extent === "new services") {
      const fresh = proposal.services.filter((service) => !this.refused.isProven(service));
      if (fresh.length === 0) return proposal;
      if (fresh.length < proposal.services.length && (await check(options.render(fresh))).valid) {
        this.refused.accept(proposal.services);
        return proposal;
      }
      // What names sections of other services is refused without them: only all of it tells who is at fault.
    }
    return await findAccepted(services, options, proposal);
  }

  get #rendering() {
    const { generator } = this.#options;
    const render = (some: readonly Service[]): Configuration => generator.render(some);
    return { render, refused: this.refused };
  }

  async #look(
    configuration: Configuration,
    running: ConfigurationFiles | undefined,
    signal: AbortSignal,
  ): Promise<Validation> {
    const { store, validate } = this.#options;
    const validation = validate && await validateStaged(configuration, { store, validate }, signal);
    if (validation && !validation.valid) return validation;
    return await this.#ports?.check(configuration, running?.text ?? "") ?? validation ?? unchecked;
  }
}
