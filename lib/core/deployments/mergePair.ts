import type { App, Task } from "../marathon/App.ts";
import { expected } from "./expected.ts";
import { parseTimestamp } from "./parseTimestamp.ts";
import { startedAt } from "./startedAt.ts";

/**
 * Makes one app of the two sides of a blue/green deployment: the old one, with its tasks sorted by id and the first
 * of them draining as far as the new side can already carry the load, then the new one's tasks.
 *
 * @throws {RangeError} when a label of the deployment cannot be read: which, what was found, what is expected; its
 * cause is the app that has the label
 */
export function mergePair(first: App, second: App): App {
  let [older, newer] = startedAt(first) < startedAt(second) ? [first, second] : [second, first];
  let target = 1;
  if (newer.labels.HAPROXY_DEPLOYMENT_NEW_INSTANCES !== undefined) {
    // A hybrid deployment that is scaled back: the side scaled last is the one traffic moves to.
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
  if (app.healthChecks.length === 0) return app.instances;
  return app.tasks.filter((task) => task.alive).length;
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
