import type { App } from "../../core/marathon/App.ts";
import type { Cluster, ClusterReading } from "../../core/marathon/Cluster.ts";
import { buildServices, type BuiltApps, type Model } from "../../core/model/buildServices.ts";
import { countBackends } from "../../core/model/countBackends.ts";
import { HealthVerdicts } from "../../core/model/HealthVerdicts.ts";
import { hostsToResolve } from "../../core/model/hostsToResolve.ts";
import type { ModelContext } from "../../core/model/ModelContext.ts";
import { type Moves, moveTasks } from "../../core/model/moveTasks.ts";
import type { Service } from "../../core/model/Service.ts";
import type { Problem } from "../../core/problem/Problem.ts";
import type { Configuration } from "../../core/render/Configuration.ts";
import { fitLimits, type Limits } from "../../core/render/fitLimits.ts";
import { moveBackends } from "../../core/render/moveBackends.ts";
import type { RenderContext } from "../../core/render/RenderContext.ts";
import { renderConfiguration } from "../../core/render/renderConfiguration.ts";
import type { HostResolver } from "../dns/HostResolver.ts";

/** What the apps of Marathon come to. */
export interface Generation {
  /** The same list as before when nothing changed. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** How many apps Marathon has, served or not. */
  readonly apps: number;
  /** Where only tasks differ from the generation before: its services, and what became of them. */
  readonly moved?: { readonly from: readonly Service[]; readonly moves: Moves };
}

export interface GeneratorOptions {
  readonly model: Omit<ModelContext, "addresses" | "verdicts">;
  readonly render: Omit<RenderContext, "head" | "known"> & {
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
 * From Marathon's apps to configuration text. All decisions are made in the pure core; this adds what a generation
 * takes over from the ones before it, and the addresses of agents.
 */
export class Generator {
  readonly #options: GeneratorOptions;
  readonly #verdicts: HealthVerdicts;
  readonly #built: BuiltApps = new WeakMap();
  readonly #rendered: NonNullable<RenderContext["known"]> = new WeakMap();
  /** Of lists of services that are asked for several times at each event. */
  readonly #limitsOf = new WeakMap<readonly Service[], Limits>();
  #model: Model | undefined;
  /** What the model was made of. */
  #cluster: Cluster | undefined;
  #warned: string | undefined;

  constructor(options: GeneratorOptions) {
    this.#options = options;
    this.#verdicts = new HealthVerdicts(options.lruCacheCapacity);
  }

  /** The services of a cluster. */
  async generate(reading: ClusterReading): Promise<Generation> {
    const { cluster } = reading;
    const before = this.#model;
    const moved = before && await this.#moveTasks(before, reading);
    const apps = moved ? [] : [...cluster.apps.values()];
    let model = moved?.model ?? (this.#isSame(reading, apps) ? before : undefined);
    if (!model) {
      model = buildServices(apps, await this.#context(apps, true), this.#built);
      // Who sees the same list need not look at its services.
      if (before && sameEntries(before.services, model.services)) {
        model = { ...model, services: before.services };
      }
    }
    [this.#model, this.#cluster] = [model, cluster];
    if (model !== before) this.#verdicts.update(model.verdicts);
    this.#warnOfLimit(model.services);
    return {
      services: model.services,
      problems: [...cluster.problems.values(), ...model.problems],
      apps: cluster.apps.size,
      moved: moved && { from: before!.services, moves: moved.moves },
    };
  }

  /** The short way, for the change of a few apps. */
  async #moveTasks(model: Model, { changes, from, partial }: ClusterReading) {
    // An earlier reading that failed on its way here has changes that this one does not tell of.
    if (!partial || from !== this.#cluster) return undefined;
    const apps = changes.flatMap(({ after }) => after ?? []);
    return moveTasks(model, changes, await this.#context(apps, false));
  }

  /** Whether all apps say the same as before, and nothing that is looked up for them could. */
  #isSame({ changes, from }: ClusterReading, apps: readonly App[]): boolean {
    return from === this.#cluster && changes.length === 0 && !this.#options.model.servicePortRange &&
      hostsToResolve(apps).size === 0;
  }

  /** The configuration that serves these services. */
  render(services: readonly Service[]): Configuration {
    return renderConfiguration(services, this.#renderContext(services));
  }

  /** The configuration after tasks moved; undefined when that changes more than their backends. */
  move(configuration: Configuration, from: readonly Service[], to: readonly Service[], moves: Moves) {
    const [before, after] = [this.#limits(from), this.#limits(to)];
    if (before.maxconn !== after.maxconn || before.strictLimits !== after.strictLimits) return undefined;
    return moveBackends(configuration, moves, this.#renderContext(to));
  }

  /** @param all whether these are all apps there are */
  async #context(apps: readonly App[], all: boolean): Promise<ModelContext> {
    const { model, resolver } = this.#options;
    const addresses = await resolver.addresses(hostsToResolve(apps), all);
    return { ...model, addresses, verdicts: this.#verdicts };
  }

  #limits(services: readonly Service[]): Limits {
    const known = this.#limitsOf.get(services);
    if (known) return known;
    const limits = fitLimits(this.#options.fileDescriptorLimit, countBackends(services));
    this.#limitsOf.set(services, limits);
    return limits;
  }

  #renderContext(services: readonly Service[]): RenderContext {
    const { render } = this.#options;
    const { maxconn, strictLimits } = this.#limits(services);
    return { ...render, head: { ...render.head, maxconn, strictLimits }, known: this.#rendered };
  }

  #warnOfLimit(services: readonly Service[]): void {
    const { warning } = this.#limits(services);
    if (warning !== undefined && warning !== this.#warned) this.#options.warn?.(warning);
    this.#warned = warning;
  }
}

function sameEntries<Entry>(a: readonly Entry[], b: readonly Entry[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
