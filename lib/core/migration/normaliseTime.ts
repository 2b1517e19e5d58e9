const units: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A time of a configuration (section 2.5 of the manual) in its largest whole unit; other words stay as they are. */
export function normaliseTime(word: string): string {
  const [, digits, unit = "ms"] = /^(\d+)(us|ms|s|m|h|d)?$/.exec(word) ?? [];
  if (digits === undefined) return word;
  const milliseconds = Number(digits) * units[unit]!;
  const largest = Object.entries(units).findLast(([, size]) => milliseconds % size === 0);
  return milliseconds === 0 || !largest ? word : `${milliseconds / largest[1]}${largest[0]}`;
}
