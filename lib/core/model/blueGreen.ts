import { type App, isAppId, type Task } from "../marathon/app.ts";
import { type Problem, problemOf } from "../problem.ts";
import { parseTimestamp, quoted } from "../text.ts";

/**
 * Rejects a member of one side of a blue/green deployment.
 *
 * @throws {RangeError} always, with the app as its cause: the side at fault is left out, not the one read last
 */
export function expected(app: App, member: string, text: string, what: string): never {
  throw new RangeError(`${member} is ${quoted(text)}; expected ${what}`, { cause: app });
}

const label = "HAPROXY_DEPLOYMENT_GROUP";

/** The id of the app that stands for the deployment group of an app; undefined where it is in none. */
export function deploymentGroupOf({ labels }: Pick<App, "labels">): string | undefined {
  const group = labels[label]?.trim();
  return group ? toId(group) : undefined;
}

function toId(group: string): string {
  return group.startsWith("/") ? group : `/${group}`;
}

/**
 * Turns the apps of each blue/green deployment group into one app that carries the group's name. Apps without a group
 * come first, in their order. Groups follow in the order of their first app. Automatic service ports are assigned in
 * this order. A group never gets the id of an app outside it, as it would answer for that app.
 */
export function mergeDeploymentGroups(apps: readonly App[]): { apps: App[]; problems: Problem[] } {
  const single: App[] = [];
  const groups = new Map<string, App>();
  const problems: Problem[] = [];
  const groupOf = (app: App) => app.labels[label]?.trim();
  const taken = new Set(apps.filter((app) => !groupOf(app)).map(({ id }) => id));

  for (const app of apps) {
    const group = groupOf(app);
    if (!group) {
      single.push(app);
      continue;
    }
    const id = toId(group);
    const previous = groups.get(id);
    try {
      if (!isAppId(id)) {
        throw new RangeError(`${label} is ${quoted(group)}; expected a name such as "web" or "/group/web"`);
      }
      if (taken.has(id)) {
        throw new RangeError(
          `${label} is ${quoted(group)}, which is the id of an app outside the group; expected another name`,
        );
      }
      // Read also without another side to compare with, so that a mistake shows before that starts.
      startedAt(app);
      groups.set(id, previous ? mergePair(previous, app) : app);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const atFault = previous && error.cause === previous ? previous : app;
      if (atFault === previous) groups.set(id, app);
      const message = `${atFault.id} is left out: ${error.message}`;
      problems.push(problemOf("deployment-unreadable", { app: atFault.id }, message));
    }
  }
  // Renamed last, so that messages name the app as its owner knows it.
  return { apps: [...single, ...[...groups].map(([id, app]) => ({ ...app, id }))], problems };
}

/**
 * Makes one app of the two sides of a blue/green deployment. Its tasks are those of the old side, sorted by id, then
 * those of the new side. Of the old ones, the first drain as far as the new side can already carry the load.
 *
 * @throws {RangeError} when a label of the deployment cannot be read. The message names the label, the value and what
 * is expected; the cause is the app that has the label.
 */
export function mergePair(first: App, second: App): App {
  let [older, newer] = startedAt(first) < startedAt(second) ? [first, second] : [second, first];
  let target = 1;
  if (newer.labels.HAPROXY_DEPLOYMENT_NEW_INSTANCES !== undefined) {
    // A hybrid deployment that is reversed: traffic moves to the side that was scaled last.
    if (lastScaling(older) > lastScaling(newer)) [older, newer] = [newer, older];
    target = targetInstances(newer);
  }

  const healthy = healthyInstances(newer);
  const tasks = older.tasks.toSorted((a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  const draining = Math.min(tasks.length, healthy, Math.max(0, healthy + older.instances - target));
  return {
    ...older,
    tasks: [
      ...tasks.map((task, rank): Task => rank < draining ? { ...task, draining: true } : task),
      ...newer.tasks,
    ],
  };
}

function healthyInstances(app: App): number {
  const unready = app.tasks.filter((task) => task.unready).length;
  if (app.healthChecks.length === 0) return Math.max(0, app.instances - unready);
  return app.tasks.filter((task) => task.alive && !task.unready).length;
}

function lastScaling(app: App): number {
  const text = app.lastScalingAt ?? "";
  return parseTimestamp(text) ?? expected(app, "versionInfo.lastScalingAt", text, "an ISO 8601 date");
}

function targetInstances(app: App): number {
  const label = "HAPROXY_DEPLOYMENT_TARGET_INSTANCES";
  const text = app.labels[label] ?? "";
  return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : expected(app, label, text, "a number of instances");
}

/**
 * When a side of a blue/green deployment was started, in microseconds since 1970; before everything else if the label
 * is absent.
 *
 * @throws {RangeError} when the label is no date, with the app as its cause
 */
export function startedAt(app: App): number {
  const label = "HAPROXY_DEPLOYMENT_STARTED_AT";
  const text = app.labels[label];
  if (text === undefined) return -Infinity;
  return parseTimestamp(text) ?? expected(app, label, text, "an ISO 8601 date");
}
