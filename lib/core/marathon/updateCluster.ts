import type { Problem } from "../problem/Problem.ts";
import type { App } from "./App.ts";
import type { AppChange } from "./AppChange.ts";
import type { Cluster, ClusterReading } from "./Cluster.ts";

/** What Marathon says of one app: what it is, why it does not fit, or that it is gone. */
export type AppReading = { readonly app: App } | { readonly problem: Problem } | { readonly gone: true };

/** The cluster after Marathon told of some of its apps, by their ids. */
export function updateCluster(before: Cluster, readings: ReadonlyMap<string, AppReading>): ClusterReading {
  if (![...readings].some(([id, reading]) => isNews(id, reading, before))) {
    return { cluster: before, changes: [], from: before, partial: true };
  }
  const apps = new Map(before.apps);
  const problems = new Map(before.problems);
  const changes: AppChange[] = [];
  for (const [id, reading] of readings) {
    const earlier = apps.get(id);
    const app = "app" in reading ? reading.app : undefined;
    problems.delete(id);
    if ("problem" in reading) problems.set(id, reading.problem);
    if (app === earlier) continue;
    changes.push({ before: earlier, after: app });
    if (app) apps.set(id, app);
    else apps.delete(id);
  }
  return { cluster: { apps, problems }, changes, from: before, partial: true };
}

function isNews(id: string, reading: AppReading, { apps, problems }: Cluster): boolean {
  if ("problem" in reading) return apps.has(id) || problems.get(id)?.message !== reading.problem.message;
  // The same object says that nothing changed.
  return problems.has(id) || apps.get(id) !== ("app" in reading ? reading.app : undefined);
}
