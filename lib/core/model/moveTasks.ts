import { type Backend, fingerprint, limitedTo, type Service } from "./service.ts";
import { leadsBack } from "./loops.ts";
import type { App } from "../marathon/app.ts";
import type { AppChange } from "../marathon/cluster.ts";
import { sameJson } from "../json.ts";
import { buildApp, type BuiltApp, type Model } from "./buildServices.ts";
import type { Problem } from "../problem.ts";
import { compareText } from "../text.ts";
import type { ModelContext } from "./context.ts";
import { isAssigned } from "./ports.ts";

/** The services after the change, by what they were before; only their tasks differ. */
export type Moves = ReadonlyMap<Service, Service>;

/**
 * The model after a change of some apps, if only tasks of served services came, went, moved or drain. Its cost grows
 * with the change, not with the cluster. Undefined where more changed, or may have; then everything has to be rebuilt.
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
  const limited = new Map(model.limited);
  for (const change of changes) {
    const app = change.after;
    if (!change.before || !app || [change.before, app].some((one) => isEntangled(one, context))) {
      return undefined;
    }
    const before = model.built.get(app.id);
    if (!before) return undefined;
    const after = buildApp(app, undefined, context);
    if (after.services.length !== before.services.length) return undefined;
    if (!claimsTheSame(before, after)) return undefined;
    // Which app was configured earlier decides who gets what several claim.
    if (model.contested.has(app.id) && change.before.lastConfigChangeAt !== app.lastConfigChangeAt) {
      return undefined;
    }
    // Servers that lead back to HAProxy change services after they are built.
    const isLoop = (backend: Backend) => leadsBack(backend, model.listening, context);
    if ([before, after].some(({ services }) => services.some(({ backends }) => backends.some(isLoop)))) {
      return undefined;
    }
    const services: Service[] = [];
    for (const [index, service] of after.services.entries()) {
      const earlier = before.services[index]!;
      if (fingerprint(earlier) !== fingerprint(service)) return undefined;
      const same = hasSameTasks(earlier, service);
      services.push(same ? earlier : service);
      if (same) continue;
      const served = limited.get(earlier);
      const next = served
        ? limitedTo(service, { hasFrontend: served.frontend !== false, labels: served.labels })
        : service;
      if (served) {
        limited.delete(earlier);
        limited.set(service, next);
      }
      // A service that is left out because another has its name stays out.
      if (positionOf(served ?? earlier, model.services) >= 0) moves.set(served ?? earlier, next);
    }
    // Equal problems stay the same objects, so that the list of all need not be rebuilt.
    const problems = sameProblems(before.problems, after.problems) ? before.problems : after.problems;
    built.set(app.id, { ...after, services, problems });
    for (const { id, alive } of after.verdicts) if (alive !== undefined) verdicts.set(id, alive);
  }
  if (changes.length === 0) return { model, moves };
  const services = moves.size === 0 ? model.services : replaced(model.services, moves);
  const all = new Map(model.built);
  let told = false;
  for (const [id, one] of built) {
    told ||= one.problems !== model.built.get(id)!.problems;
    all.set(id, one);
  }
  const problems = told
    ? [...model.shared, ...[...all.values()].flatMap(({ problems }) => problems)]
    : model.problems;
  return { model: { ...model, services, verdicts, problems, built: all, limited }, moves };
}

/** Whether the result for an app depends on other apps, or theirs on it. */
function isEntangled(app: App, { servicePortRange, frameworkName }: ModelContext): boolean {
  return app.labels.HAPROXY_DEPLOYMENT_GROUP !== undefined || app.id.slice(1) === frameworkName ||
    isAssigned(app, servicePortRange !== undefined);
}

/** Whether an app claims the same for services that are not served. */
function claimsTheSame(before: BuiltApp, after: BuiltApp): boolean {
  return before.unread === after.unread && before.idle.length === after.idle.length &&
    before.idle.every((service, index) => fingerprint(service) === fingerprint(after.idle[index]!));
}

function replaced(services: readonly Service[], moves: Moves): Service[] {
  const next = [...services];
  for (const [before, after] of moves) next[positionOf(before, services)] = after;
  return next;
}

function sameProblems(a: readonly Problem[], b: readonly Problem[]): boolean {
  return a.length === b.length && a.every(({ message }, index) => message === b[index]!.message);
}

function hasSameTasks(a: Service, b: Service): boolean {
  return sameJson(a.backends, b.backends) && sameJson(a.checkPorts, b.checkPorts);
}

/** The index of a service in a list in the order of (app id, port); -1 if it is missing. */
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
