import type { Chunk, Configuration } from "../render/Configuration.ts";

/** A piece of a configuration that says something else than the piece in its place before. */
export type DifferingPair = readonly [before: Chunk, after: Chunk];

/** The pieces that differ between two configurations, in their order; undefined where pieces came or went. */
export function pairDifferences(
  { chunks: before }: Pick<Configuration, "chunks">,
  { chunks: after, changed }: Pick<Configuration, "chunks" | "changed">,
): DifferingPair[] | undefined {
  if (before.length !== after.length) return undefined;
  const places = changed?.from === before ? changed.places : before.keys();
  const pairs: DifferingPair[] = [];
  for (const place of places) {
    if (before[place]!.text !== after[place]!.text) pairs.push([before[place]!, after[place]!]);
  }
  return pairs;
}
