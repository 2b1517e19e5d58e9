import { AppsReader } from "../../../../lib/core/marathon/appsReader.ts";
import { type ClusterReading, compareClusters, emptyCluster } from "../../../../lib/core/marathon/cluster.ts";

/** What a full fetch of this answer of Marathon comes to. @param before what was known of its apps */
export function readingOf(answer: unknown, before = emptyCluster): ClusterReading {
  const reader = new AppsReader(before.apps);
  reader.feed(new TextEncoder().encode(JSON.stringify(answer)));
  const cluster = reader.end();
  return { cluster, changes: compareClusters(before, cluster), from: before, partial: false };
}
