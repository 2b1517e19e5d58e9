import { mergeDeploymentGroups } from "../deployments/mergeDeploymentGroups.ts";
import type { App } from "../marathon/App.ts";
import type { Problem } from "../problem/Problem.ts";
import { buildApp, type BuiltApp, isSelfContained } from "./BuiltApp.ts";
import { claimNames } from "./claimNames.ts";
import { compareText } from "./compareText.ts";
import type { ModelContext } from "./ModelContext.ts";
import type { Service } from "./Service.ts";
import { ServicePortAssigner } from "./ServicePortAssigner.ts";

export interface Model {
  /** The services to serve, in the order of (app id, port). */
  readonly services: readonly Service[];
  /** Health as reported now, to be remembered for later answers. */
  readonly verdicts: ReadonlyMap<string, boolean>;
  readonly problems: readonly Problem[];
  /**
   * What each app came to by itself, by its id; a deployment group counts as one app. Where a group is named after an app,
   * neither is in it.
   */
  readonly built: ReadonlyMap<string, BuiltApp>;
  /** Problems that several apps have with each other; the others are in `built`. */
  readonly shared: readonly Problem[];
}

/** What unchanged apps came to in earlier generations, by the app object itself. */
export type BuiltApps = WeakMap<App, BuiltApp>;

/**
 * From apps to the services that this load balancer serves. Never throws: what is wrong with an app is a problem.
 *
 * @param known apps that are built already are taken from here, and new ones put in: an app that did not change keeps
 * its service objects
 */
export function buildServices(
  apps: readonly App[],
  context: ModelContext,
  known: BuiltApps = new WeakMap(),
): Model {
  const { apps: merged, problems: shared } = mergeDeploymentGroups(apps);
  const range = context.servicePortRange;
  const assigner = range && new ServicePortAssigner(range.minimum, range.maximum);
  const verdicts = new Map<string, boolean>();
  const taken: Service[] = [];
  const built = new Map<string, BuiltApp>();
  const problems: Problem[] = [...shared];
  const namesakes = new Map<string, readonly Problem[]>();

  for (const app of merged) {
    if (app.id.slice(1) === context.frameworkName) continue;
    let one = known.get(app);
    if (!one) {
      one = buildApp(app, assigner, context);
      if (isSelfContained(app, context)) known.set(app, one);
    }
    const namesake = built.get(app.id);
    if (namesake) namesakes.set(app.id, [...namesake.problems, ...one.problems]);
    built.set(app.id, one);
    for (const [taskId, alive] of one.verdicts) verdicts.set(taskId, alive);
    problems.push(...one.problems);
    taken.push(...one.services);
  }

  for (const id of namesakes.keys()) built.delete(id);
  taken.sort((a, b) => compareText(a.appId, b.appId) || a.port - b.port);
  const claimed = claimNames(taken, context.ownBinds);
  return {
    services: claimed.services,
    verdicts,
    problems: [...problems, ...claimed.problems],
    built,
    shared: [...shared, ...claimed.problems, ...[...namesakes.values()].flat()],
  };
}
