import type { App } from "../marathon/app.ts";
import type { Cluster } from "../marathon/cluster.ts";
import { deploymentGroupOf, mergeDeploymentGroups } from "../model/blueGreen.ts";
import type { ModelContext } from "../model/context.ts";
import { isAssigned, ServicePortAssigner, servicePorts } from "../model/ports.ts";
import type { Service } from "../model/service.ts";
import type { Problem } from "../problem.ts";
import type { Configuration } from "../render/configuration.ts";
import type { RenderContext } from "../render/context.ts";

/**
 * Plain data from which explanations are computed. A running instance assembles it from its state, a command from an
 * answer of Marathon. Synchronisations compute no verdicts: these are computed on request only.
 */
export interface World {
  /** Marathon's apps as they were last read. */
  readonly cluster: Cluster;
  /** What the configuration serves, in its order; `servicesIn` makes it. */
  readonly services: readonly Service[];
  readonly configuration: Configuration;
  /** All problems of the generation, also HAProxy's refusals and those of rendering. */
  readonly problems: readonly Problem[];
  /** The flags that decide which apps are served and how, with the known addresses and health of tasks. */
  readonly model: ModelContext;
  /** The flags that decide how the configuration is rendered. */
  readonly render: RenderContext;
  /** When problems began, in milliseconds since 1970, by their messages; absent in a command. */
  readonly since?: ReadonlyMap<string, number>;
  /** Set while the mass-removal guard holds back Marathon's answer: since when, in milliseconds since 1970. */
  readonly held?: { readonly since: number };
}

/** One app of the model, in which a deployment group is one app. */
export interface ModelApp {
  readonly app: App;
  /** Its service ports; undefined where none could be assigned. */
  readonly ports: readonly (number | undefined)[];
}

/** A world with indexes by app: of all apps, or of those around one. */
export interface IndexedWorld extends World {
  /** By the ids of the model: an app's own, or that of its deployment group. */
  readonly apps: ReadonlyMap<string, ModelApp>;
  /** The deployment groups of the apps that are in one, by the ids of these apps. */
  readonly groupOf: ReadonlyMap<string, string>;
  readonly problemsOf: ReadonlyMap<string, readonly Problem[]>;
  readonly servicesOf: ReadonlyMap<string, readonly Service[]>;
}

/** Builds the indexes of a world for questions about all apps, in linear time. */
export function indexWorld(world: World): IndexedWorld {
  const steps = indexing(world);
  while (true) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The work of `indexWorld` in steps, so that the caller can do something else in between. */
export function* indexing(world: World): Generator<void, IndexedWorld> {
  const merged = mergeApps(world, [...world.cluster.apps.values()]);
  yield;
  const problemsOf = Map.groupBy(world.problems, ({ app }) => app);
  yield;
  return { ...world, ...merged, problemsOf, servicesOf: Map.groupBy(world.services, ({ appId }) => appId) };
}

/**
 * Builds the indexes of a world for questions about one app: all other apps are missing in them. That costs a tenth of the
 * whole index.
 *
 * @param id the app's own, or that of a deployment group
 */
export function indexAround(world: World, id: string): IndexedWorld {
  const { cluster, model } = world;
  const own = cluster.apps.get(id);
  // An app may carry the name of a group and be in another one.
  const names = new Set([id, own && deploymentGroupOf(own) || id]);
  const near: App[] = [];
  for (const app of cluster.apps.values()) {
    if (app === own || names.has(app.id) || names.has(deploymentGroupOf(app) ?? "")) near.push(app);
  }
  // A port of a range depends on the apps that got theirs before.
  if (near.some((app) => isAssigned(app, model.servicePortRange !== undefined))) return indexWorld(world);
  const isNear = (one: string) => names.has(one);
  return {
    ...world,
    ...mergeApps(world, near),
    problemsOf: Map.groupBy(world.problems.filter(({ app }) => isNear(app)), ({ app }) => app),
    servicesOf: Map.groupBy(world.services.filter(({ appId }) => isNear(appId)), ({ appId }) => appId),
  };
}

function mergeApps(
  { model: { servicePortRange: range } }: World,
  all: readonly App[],
): Pick<IndexedWorld, "apps" | "groupOf"> {
  const assigner = range && new ServicePortAssigner(range.minimum, range.maximum);
  const groupOf = new Map<string, string>();
  for (const app of all) {
    const group = deploymentGroupOf(app);
    if (group !== undefined) groupOf.set(app.id, group);
  }
  const merged = mergeDeploymentGroups(all).apps;
  return {
    apps: new Map(merged.map((app) => [app.id, { app, ports: servicePorts(app, assigner) }])),
    groupOf,
  };
}
