import { lookup } from "node:dns/promises";
import { shortestAddress } from "../../core/addresses.ts";
import type { World } from "../../core/explain/world.ts";
import { type App, dependsOnOrder } from "../../core/marathon/app.ts";
import type { AppChange, Cluster, ClusterReading } from "../../core/marathon/cluster.ts";
import { deploymentGroupOf } from "../../core/model/blueGreen.ts";
import { buildServices, type BuiltApps, type Model } from "../../core/model/buildServices.ts";
import type { ModelContext } from "../../core/model/context.ts";
import { holdingsOf, type Incumbents, joinIncumbents } from "../../core/model/incumbents.ts";
import { type Moves, moveTasks } from "../../core/model/moveTasks.ts";
import { isAssigned } from "../../core/model/ports.ts";
import type { Routed } from "../../core/model/routes.ts";
import { countBackends, type Service } from "../../core/model/service.ts";
import { HealthVerdicts, hostsToResolve } from "../../core/model/tasks.ts";
import type { Problem } from "../../core/problem.ts";
import { type Configuration, servicesIn } from "../../core/render/configuration.ts";
import { fitLimits, type Limits, type RenderContext } from "../../core/render/context.ts";
import { canPassThrough } from "../../core/render/passthrough.ts";
import { moveBackends } from "../../core/render/moveBackends.ts";
import { renderConfiguration } from "../../core/render/renderConfiguration.ts";
import type { RenderedServices } from "../../core/render/service.ts";
import type { Clock } from "../system/clock.ts";
import { hasCode } from "../system/files.ts";

/** What the apps of Marathon come to. */
export interface Generation {
  /** The same list as before when nothing changed. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** For the apps that changed, by app: why services of theirs are not served in normal operation. */
  readonly notes?: ReadonlyMap<string, readonly Problem[]>;
  /** How many apps Marathon has, served or not. */
  readonly apps: number;
  /** Where only tasks differ from the generation before: its services, and what happened to them. */
  readonly moved?: { readonly from: readonly Service[]; readonly moves: Moves };
}

export interface GeneratorOptions {
  readonly model: Omit<
    ModelContext,
    "addresses" | "verdicts" | "haproxyMap" | "routed" | "incumbents" | "unread"
  >;
  readonly render: Omit<RenderContext, "head"> & {
    readonly head: Omit<RenderContext["head"], "maxconn" | "strictLimits">;
  };
  readonly lruCacheCapacity: number;
  readonly resolver: Pick<HostResolver, "addresses">;
  /** What is served before the first generation; nothing by default. */
  readonly incumbents?: () => Promise<Incumbents>;
  /** File descriptors that HAProxy can have; undefined leaves its limits alone. */
  readonly fileDescriptorLimit?: number;
  /** Called with what the limit means for the operator, once, and again when that changes. */
  readonly warn?: (message: string) => void;
}

/**
 * From Marathon's apps to configuration text. The pure core makes all decisions. This class adds what a generation
 * inherits from earlier ones, and the addresses of agents.
 */
export class Generator {
  readonly #options: GeneratorOptions;
  readonly #routed: Routed;
  readonly #verdicts: HealthVerdicts;
  readonly #built: BuiltApps = new WeakMap();
  readonly #rendered: RenderedServices = new WeakMap();
  /** Of lists of services that are asked for several times at each event. */
  readonly #limitsOf = new WeakMap<readonly Service[], Limits>();
  #model: Model | undefined;
  /** What the model was made of. */
  #cluster: Cluster | undefined;
  #warned: string | undefined;
  /** The last one that was asked for. */
  #world: World | undefined;
  /** Of all agents that a name was looked up for. */
  #addresses: ReadonlyMap<string, string> = new Map();
  /** Made when it is asked for: most changes need none of it. */
  #incumbents: (() => Promise<Incumbents>) | undefined;

  constructor(options: GeneratorOptions) {
    this.#options = options;
    const { head, ...render } = options.render;
    this.#routed = { vhosts: render.bindHttpHttps, passthrough: canPassThrough(render, head) };
    this.#verdicts = new HealthVerdicts(options.lruCacheCapacity);
    this.#incumbents = options.incumbents;
  }

  /** What is held by being served, for the next generation. */
  async incumbents(): Promise<Incumbents | undefined> {
    const incumbents = await this.#incumbents?.();
    this.#incumbents = incumbents && (() => Promise.resolve(incumbents));
    return incumbents;
  }

  /**
   * Notes what HAProxy serves of the last generation. A generation that is not served gives no app a hold on anything.
   *
   * @param services as they are served, or their last good ones
   */
  served(services: readonly Service[]): void {
    const kept = this.#model?.incumbents;
    if (!kept) return;
    const { haproxyMap } = this.#options.render;
    this.#incumbents = () => Promise.resolve(joinIncumbents(kept, holdingsOf(services, haproxyMap)));
  }

  /** The services of a cluster. */
  async generate(reading: ClusterReading): Promise<Generation> {
    const { cluster } = reading;
    const before = this.#model;
    const moved = before && await this.#moveTasks(before, reading);
    const apps = moved ? [] : [...cluster.apps.values()];
    let model = moved?.model ?? (this.#isSame(reading, apps) ? before : undefined);
    if (!model) {
      const context = {
        ...await this.#context(apps, true),
        haproxyMap: this.#options.render.haproxyMap,
        incumbents: await this.incumbents(),
        unread: unreadIn(cluster),
      };
      model = buildServices(apps, context, this.#built, before);
      // For the same list, its services need not be compared.
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
      notes: notesIn(reading.changes, model),
      apps: cluster.apps.size,
      moved: moved && { from: before!.services, moves: moved.moves },
    };
  }

  /**
   * What explanations of a configuration are computed from. Undefined before the first generation. It costs nothing,
   * and is the same object as long as nothing is new.
   *
   * @param problems all that are known, including those of the configuration
   */
  world(configuration: Configuration, problems: readonly Problem[]): World | undefined {
    const cluster = this.#cluster;
    if (!cluster) return undefined;
    const known = this.#world;
    if (
      known?.cluster === cluster && known.configuration === configuration && known.problems === problems
    ) return known;
    const { model, render } = this.#options;
    const services = servicesIn(configuration);
    return this.#world = {
      cluster,
      services,
      configuration,
      problems,
      model: {
        ...model,
        haproxyMap: render.haproxyMap,
        routed: this.#routed,
        addresses: this.#addresses,
        verdicts: { get: (taskId) => this.#verdicts.peek(taskId) },
      },
      render: this.#renderContext(services),
    };
  }

  /** The short way, for the change of a few apps. */
  async #moveTasks(model: Model, { cluster, changes, from, partial }: ClusterReading) {
    // An earlier reading that failed on its way here has changes that this one does not contain.
    if (!partial || from !== this.#cluster || !hasSameUnread(from, cluster)) return undefined;
    const apps = changes.flatMap(({ after }) => after ?? []);
    return moveTasks(model, changes, await this.#context(apps, false));
  }

  /** Whether all apps say the same as before, and nothing that is looked up for them could. */
  #isSame({ cluster, changes, from }: ClusterReading, apps: readonly App[]): boolean {
    const hasRange = this.#options.model.servicePortRange !== undefined;
    return from === this.#cluster && changes.length === 0 && hasSameUnread(from, cluster) &&
      !apps.some((app) => isAssigned(app, hasRange)) && hostsToResolve(apps).size === 0 &&
      sameEntries([...from.apps.values()].filter(dependsOnOrder), apps.filter(dependsOnOrder));
  }

  /** The configuration that serves these services. */
  render(services: readonly Service[]): Configuration {
    return renderConfiguration(services, this.#renderContext(services), this.#rendered);
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
    if (all) this.#addresses = addresses;
    else if (addresses.size > 0) this.#addresses = new Map([...this.#addresses, ...addresses]);
    return { ...model, routed: this.#routed, addresses, verdicts: this.#verdicts };
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
    return { ...render, head: { ...render.head, maxconn, strictLimits } };
  }

  #warnOfLimit(services: readonly Service[]): void {
    const { warning } = this.#limits(services);
    if (warning !== undefined && warning !== this.#warned) this.#options.warn?.(warning);
    this.#warned = warning;
  }
}

/** Whether the same apps cannot be read. They hold what they had, and are in no list of changes when they are deleted. */
function hasSameUnread({ problems: before }: Cluster, { problems: after }: Cluster): boolean {
  return before === after || before.size === after.size && [...before.keys()].every((id) => after.has(id));
}

/** Apps that may ask for more than is known. Of two with one id in Marathon and in a file, all is known. */
function unreadIn({ problems }: Cluster): Set<string> {
  return new Set([...problems].flatMap(([id, { code }]) => code === "static-id-taken" ? [] : [id]));
}

function notesIn(changes: readonly AppChange[], { built }: Model): Map<string, readonly Problem[]> {
  const notes = new Map<string, readonly Problem[]>();
  for (const { before, after } of changes) {
    const app = (after ?? before)!;
    const name = deploymentGroupOf(app) ?? app.id;
    notes.set(name, built.get(name)?.notes ?? []);
  }
  return notes;
}

function sameEntries<Entry>(a: readonly Entry[], b: readonly Entry[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}

/** How long an address is believed: agents seldom move, but they do. */
const believed = 60_000;

/** How soon a failed look-up is tried again: each one holds a generation up. */
const retried = 10_000;

interface Known {
  /** Undefined for a host that has never been resolved. */
  readonly address: string | undefined;
  /** When to look it up again. */
  readonly until: number;
}

/** Looks up the IP addresses of agents that Marathon knows by name, and remembers them for a while. */
export class HostResolver {
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly clock: Pick<Clock, "monotonic">,
    private readonly resolve: (host: string) => Promise<string> = resolveHost,
  ) {}

  /**
   * The addresses of these hosts. A host that cannot be resolved now keeps the address it had, and is missing if it
   * never had one.
   *
   * @param all whether these are all hosts there are: others are forgotten then
   */
  async addresses(hosts: ReadonlySet<string>, all = true): Promise<Map<string, string>> {
    if (all) { for (const host of this.#known.keys()) if (!hosts.has(host)) this.#known.delete(host); }
    await Promise.all([...hosts].map((host) => this.#refresh(host)));
    const addresses = new Map<string, string>();
    for (const host of hosts) {
      const address = this.#known.get(host)?.address;
      if (address !== undefined) addresses.set(host, address);
    }
    return addresses;
  }

  async #refresh(host: string): Promise<void> {
    const known = this.#known.get(host);
    if (known && this.clock.monotonic() < known.until) return;
    const found = await this.resolve(host).catch(() => undefined);
    const until = this.clock.monotonic() + (found === undefined ? retried : believed);
    this.#known.set(host, { address: found ?? known?.address, until });
  }
}

type LookUp = (host: string, options: { family: 4 | 6 }) => Promise<{ readonly address: string }>;

/** An IPv4 address where there is one: an agent of both may listen on it alone. */
export async function resolveHost(host: string, look: LookUp = lookup): Promise<string> {
  try {
    return (await look(host, { family: 4 })).address;
  } catch (error) {
    // A name server that does not answer says nothing about the addresses: the known one stays.
    if (hasCode(error, "EAI_AGAIN")) throw error;
    const { address } = await look(host, { family: 6 });
    return shortestAddress(address);
  }
}
