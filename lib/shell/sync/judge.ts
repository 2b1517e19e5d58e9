import { blame, isFileFault } from "../../core/admission/blame.ts";
import type { RefusedServices } from "../../core/admission/refused.ts";
import type { SuspectGroup, Suspects } from "../../core/admission/suspects.ts";
import type { Service } from "../../core/model/service.ts";
import type { Configuration } from "../../core/render/configuration.ts";
import type { Validation } from "../haproxy/binary.ts";
import { refusal } from "../../core/haproxy/messages.ts";

export interface JudgeOptions {
  readonly refused: RefusedServices;
  readonly suspects: Suspects;
  readonly render: (services: readonly Service[]) => Configuration;
  readonly check: (configuration: Configuration, signal: AbortSignal) => Promise<Validation>;
}

/** Why a check is given up. */
const outdated = new Error("a service that is being checked has changed");

/**
 * Has HAProxy judge the services that were set aside, in parallel with the synchronisations. No change waits for it,
 * however many services there are and however long it takes.
 */
export class Judge {
  readonly #options: JudgeOptions;
  #wanted: readonly Service[] = [];
  #giveUp: AbortController | undefined;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** Sets which services there are now. A check of one that is gone, or is redefined, is ended. */
  follow(services: readonly Service[]): void {
    this.#wanted = services;
    if (this.#options.suspects.retain(services)) this.#giveUp?.abort(outdated);
  }

  /**
   * Continues until services are found to be good, or none are left to check. Not to be called while it runs.
   *
   * @throws {Error} when HAProxy cannot be asked, or refuses what has nothing to do with these services
   */
  async judge(signal: AbortSignal): Promise<void> {
    const { suspects } = this.#options;
    for (let group = suspects.next(); group; group = suspects.next()) {
      this.#giveUp = new AbortController();
      try {
        if (await this.#judge(group, AbortSignal.any([signal, this.#giveUp.signal]))) return;
      } catch (error) {
        suspects.putBack();
        if (error !== outdated) throw error;
      }
    }
  }

  /** Resolves to whether they are good. */
  async #judge(group: SuspectGroup, signal: AbortSignal): Promise<boolean> {
    const { suspects, render, check, refused } = this.#options;
    const { services, alone } = group;
    const together = alone ? services : this.#withRest(services);
    const configuration = render(together);
    const { valid, messages, endless } = await check(configuration, signal);
    const blamed = blame(messages, configuration, together);
    if (!valid && !alone && !services.some((service) => blamed.has(service))) {
      const spoilt = [...blamed].find(([service, said]) => refused.isProven(service) && isFileFault(said));
      if (spoilt) throw refusal(messages, `a file that ${spoilt[0].appId} uses, which it accepted before`);
      // The last one is not at fault for what the others have.
      if (services.length === 1) await this.#checkRest(services, signal);
    }
    const reason = messages.find(({ severity }) => severity === "alert")?.message ?? "it gives no reason";
    suspects.settle({ result: valid ? "valid" : endless ? "endless" : "refused", blamed, reason });
    return valid;
  }

  async #checkRest(services: readonly Service[], signal: AbortSignal): Promise<void> {
    const { render, check } = this.#options;
    const rest = this.#withRest(services).filter((service) => !services.includes(service));
    const { valid, messages } = await check(render(rest), signal);
    if (!valid) throw refusal(messages, "what it accepted before");
  }

  /** These services and all that HAProxy has taken, in their order. */
  #withRest(services: readonly Service[]): readonly Service[] {
    const { refused } = this.#options;
    const good = refused.substitute(this.#wanted).services.filter((service) => refused.isProven(service));
    const chosen = new Map([...good, ...services].map((service) => [nameOf(service), service]));
    return this.#wanted.flatMap((service) => chosen.get(nameOf(service)) ?? []);
  }
}

function nameOf({ appId, index }: Service): string {
  return `${appId} ${index}`;
}
