export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Replaces every 0 in `wanted` by the port that its index had before (`previous`). Without one, by the lowest of
 * `range` that is not in `taken`. Throws a RangeError when the range is used up.
 */
export function assignServicePorts(
  wanted: readonly number[],
  previous: readonly number[],
  taken: ReadonlySet<number>,
  range: PortRange,
): number[] {
  const used = new Set([...taken, ...wanted]);
  return wanted.map((port, index) => {
    if (port !== 0) return port;
    const kept = previous[index];
    const assigned = kept !== undefined && !used.has(kept) ? kept : lowestFree(used, range);
    used.add(assigned);
    return assigned;
  });
}

function lowestFree(used: ReadonlySet<number>, { min, max }: PortRange): number {
  for (let port = min; port <= max; port++) if (!used.has(port)) return port;
  throw new RangeError(`All ports in the range [${min}-${max}] are already in use`);
}
