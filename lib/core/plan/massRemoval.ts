import type { Chunk } from "../render/Configuration.ts";

/** How much a configuration serves. */
export interface Served {
  readonly backends: number;
  readonly servers: number;
}

/** Counts what a configuration serves, by its sections: also one that an earlier run left on disk. */
export function countServed(text: string): Served {
  return {
    backends: text.match(/^backend\s/gm)?.length ?? 0,
    servers: text.match(/^[ \t]+server\s/gm)?.length ?? 0,
  };
}

/** Counts what a configuration serves that was made here, without reading its text. */
export function countInChunks(chunks: readonly Chunk[]): Served {
  const backends = chunks.filter(({ backend }) => backend);
  return {
    backends: backends.length,
    servers: backends.reduce((sum, { service }) => sum + (service?.backends.length ?? 0), 0),
  };
}

/**
 * Whether so much is gone at once that Marathon is more likely to be wrong than the cluster to be empty: everything,
 * or nine tenths of both backends and servers.
 */
export function isMassRemoval(before: Served, after: Served): boolean {
  if (before.backends === 0) return false;
  if (after.backends === 0) return true;
  return after.backends * 10 < before.backends && after.servers * 10 < before.servers;
}
