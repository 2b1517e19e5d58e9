import type { Part } from "./Entry.ts";

/** Lines such as `  HAProxy            2.9 MB`, and the sum at the end. Sizes are in bytes, a MB has a million of them. */
export function describeSizes(sizes: ReadonlyMap<Part, number>): string[] {
  const sum = [...sizes.values()].reduce((before, size) => before + size, 0);
  return [...sizes, ["in all", sum] as const].map(([name, size]) =>
    `  ${name.padEnd(21)} ${(size / 1e6).toFixed(1).padStart(6)} MB`
  );
}
