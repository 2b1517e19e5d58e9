import { AppsReader } from "../../../../lib/core/marathon/AppsReader.ts";
import type { ClusterReading } from "../../../../lib/core/marathon/Cluster.ts";

/** What a full fetch of this answer of Marathon comes to. */
export function readingOf(answer: unknown): ClusterReading {
  const reader = new AppsReader();
  reader.feed(new TextEncoder().encode(JSON.stringify(answer)));
  return { cluster: reader.end(), changes: [], partial: false };
}
