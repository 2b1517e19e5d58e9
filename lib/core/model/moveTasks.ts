import { fingerprint } from "../exclusion/fingerprint.ts";
import type { App } from "../marathon/App.ts";
import type { AppChange } from "../marathon/AppChange.ts";
import { sameJson } from "../marathon/sameJson.ts";
import { buildApp, type BuiltApp } from "./BuiltApp.ts";
import type { Model } from "./buildServices.ts";
import { compareText } from "./compareText.ts";
import type { ModelContext } from "./ModelContext.ts";
import type { Service } from "./Service.ts";

/** Services by what they were before; only their tasks differ. */
export type Moves = ReadonlyMap<Service, Service>;

/**
 * The model after a change of some apps, where nothing but tasks of services that are served came, went, moved or
 * drain: then its cost follows the change. Undefined where more changed, or may have; then all has to be built anew.
 *
 * @param model of the same cluster before
 * @param changes the apps that differ
 */
export function moveTasks(
  model: Model,
  changes: readonly AppChange[],
  context: ModelContext,
): { model: Model; moves: Moves } | undefined {
  const moves = new Map<Service, Service>();
  const verdicts = new Map<string, boolean>();
  const built = new Map<string, BuiltApp>();
  for (const change of changes) {
    const app = change.after;
    if (!change.before || !app || [change.before, app].some((one) => isEntangled(one, context))) {
      return undefined;
    }
    const before = model.built.get(app.id);
    if (!before) return undefined;
    const after = buildApp(app, undefined, context);
    if (after.services.length !== before.services.length) return undefined;
    const services: Service[] = [];
    for (const [index, service] of after.services.entries()) {
      const earlier = before.services[index]!;
      if (fingerprint(earlier) !== fingerprint(service)) return undefined;
      const same = hasSameTasks(earlier, service);
      services.push(same ? earlier : service);
      // One that is left out for a name that somebody else has stays out.
      if (!same && positionOf(earlier, model.services) >= 0) moves.set(earlier, service);
    }
    built.set(app.id, { ...after, services });
    for (const [taskId, alive] of after.verdicts) verdicts.set(taskId, alive);
  }
  if (changes.length === 0) return { model, moves };
  const services = moves.size === 0 ? model.services : replaced(model.services, moves);
  const all = new Map(model.built);
  let told = false;
  for (const [id, one] of built) {
    told ||= one.problems.length > 0 || model.built.get(id)!.problems.length > 0;
    all.set(id, one);
  }
  const problems = told
    ? [...model.shared, ...[...all.values()].flatMap(({ problems }) => problems)]
    : model.problems;
  return { model: { services, verdicts, problems, built: all, shared: model.shared }, moves };
}

/** Whether other apps have a part in what an app comes to, or it in what they do. */
function isEntangled(app: App, { servicePortRange, frameworkName }: ModelContext): boolean {
  return app.labels.HAPROXY_DEPLOYMENT_GROUP !== undefined || app.id.slice(1) === frameworkName ||
    servicePortRange !== undefined && app.networkingMode === "container";
}

function replaced(services: readonly Service[], moves: Moves): Service[] {
  const next = [...services];
  for (const [before, after] of moves) next[positionOf(before, services)] = after;
  return next;
}

function hasSameTasks(a: Service, b: Service): boolean {
  return sameJson(a.backends, b.backends) && sameJson(a.checkPorts, b.checkPorts);
}

/** Where a service stands in a list in the order of (app id, port); -1 where it does not. */
function positionOf(service: Service, services: readonly Service[]): number {
  let [low, high] = [0, services.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = services[middle]!;
    if ((compareText(other.appId, service.appId) || other.port - service.port) < 0) low = middle + 1;
    else high = middle;
  }
  // Services of one app may share a port at different addresses.
  while (services[low]?.appId === service.appId) {
    if (services[low] === service) return low;
    low++;
  }
  return -1;
}
