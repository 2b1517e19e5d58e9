import type { Chunk, Configuration } from "../render/Configuration.ts";

/** A piece of a configuration that says something else than the piece in its place before. */
export type DifferingPair = readonly [before: Chunk, after: Chunk];

/** The pieces that differ between two configurations, in their order; undefined where pieces came or went. */
export function pairDifferences(
  { chunks: before }: Pick<Configuration, "chunks">,
  { chunks: after }: Pick<Configuration, "chunks">,
): DifferingPair[] | undefined {
  if (before.length !== after.length) return undefined;
  const pairs: DifferingPair[] = [];
  for (const [index, chunk] of before.entries()) {
    if (chunk.text !== after[index]!.text) pairs.push([chunk, after[index]!]);
  }
  return pairs;
}
