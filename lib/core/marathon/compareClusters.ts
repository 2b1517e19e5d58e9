import type { AppChange } from "./AppChange.ts";
import type { Cluster } from "./Cluster.ts";

/** What differs between two listings of a cluster in which unchanged apps are the same objects. */
export function compareClusters(before: Cluster, after: Cluster): AppChange[] {
  const changes: AppChange[] = [];
  for (const [id, app] of after.apps) {
    const earlier = before.apps.get(id);
    if (earlier !== app) changes.push({ before: earlier, after: app });
  }
  for (const [id, app] of before.apps) if (!after.apps.has(id)) changes.push({ before: app });
  return changes;
}
