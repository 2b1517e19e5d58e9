import type { Problem } from "../../core/problem/Problem.ts";
import { readApps } from "../../core/marathon/readApps.ts";
import { buildServices } from "../../core/model/buildServices.ts";
import { countBackends } from "../../core/model/countBackends.ts";
import { HealthVerdicts } from "../../core/model/HealthVerdicts.ts";
import { hostsToResolve } from "../../core/model/hostsToResolve.ts";
import type { ModelContext } from "../../core/model/ModelContext.ts";
import type { Service } from "../../core/model/Service.ts";
import type { Configuration } from "../../core/render/Configuration.ts";
import { fitLimits } from "../../core/render/fitLimits.ts";
import type { RenderContext } from "../../core/render/RenderContext.ts";
import { renderConfiguration } from "../../core/render/renderConfiguration.ts";
import type { HostResolver } from "../dns/HostResolver.ts";

/** What one answer of Marathon comes to. */
export interface Generation {
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** How many apps Marathon has, served or not. */
  readonly apps: number;
}

export interface GeneratorOptions {
  readonly model: Omit<ModelContext, "addresses" | "verdicts">;
  readonly render: Omit<RenderContext, "head"> & {
    readonly head: Omit<RenderContext["head"], "maxconn" | "strictLimits">;
  };
  readonly lruCacheCapacity: number;
  readonly resolver: Pick<HostResolver, "addresses">;
  /** File descriptors that HAProxy can have; undefined leaves its limits alone. */
  readonly fileDescriptorLimit?: number;
  /** Told what the limit means for the operator, once, and again when that changes. */
  readonly warn?: (message: string) => void;
}

/**
 * From Marathon's answer to configuration text. All decisions are made in the pure core; this adds what a generation
 * takes over from the ones before it, and the addresses of agents.
 */
export class Generator {
  readonly #options: GeneratorOptions;
  readonly #verdicts: HealthVerdicts;
  #warned: string | undefined;

  constructor(options: GeneratorOptions) {
    this.#options = options;
    this.#verdicts = new HealthVerdicts(options.lruCacheCapacity);
  }

  /** The services in an answer. @throws {TypeError} when it is not a list of apps */
  async generate(answer: unknown): Promise<Generation> {
    const { model, resolver } = this.#options;
    const { apps, problems } = readApps(answer);
    const addresses = await resolver.addresses(hostsToResolve(apps));
    const built = buildServices(apps, { ...model, addresses, verdicts: this.#verdicts });
    this.#verdicts.update(built.verdicts);
    this.#warnOfLimit(built.services);
    return { services: built.services, problems: [...problems, ...built.problems], apps: apps.length };
  }

  /** The configuration that serves these services. */
  render(services: readonly Service[]): Configuration {
    return renderConfiguration(services, this.#renderContext(countBackends(services)));
  }

  #renderContext(backends: number): RenderContext {
    const { render, fileDescriptorLimit } = this.#options;
    const { maxconn, strictLimits } = fitLimits(fileDescriptorLimit, backends);
    return { ...render, head: { ...render.head, maxconn, strictLimits } };
  }

  #warnOfLimit(services: readonly Service[]): void {
    const { fileDescriptorLimit, warn } = this.#options;
    const { warning } = fitLimits(fileDescriptorLimit, countBackends(services));
    if (warning !== undefined && warning !== this.#warned) warn?.(warning);
    this.#warned = warning;
  }
}
