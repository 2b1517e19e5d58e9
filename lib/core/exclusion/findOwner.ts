import type { Service } from "../model/Service.ts";
import type { Chunk } from "../render/Configuration.ts";

/**
 * Makes a function from a line of the configuration, counted from 1, to the service that wrote it; undefined for
 * lines that all share.
 */
export function findOwner(chunks: readonly Chunk[]): (line: number) => Service | undefined {
  const starts: number[] = [];
  let next = 1;
  for (const { text } of chunks) {
    starts.push(next);
    next += text.split("\n").length - 1;
  }
  return (line) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= line) low = middle + 1;
      else high = middle;
    }
    return chunks[low - 1]?.service;
  };
}
