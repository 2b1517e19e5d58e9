/** Upper bounds of the buckets, in seconds: from one runtime command to a timeout of Marathon. */
export const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** The durations of something since the start. */
export interface Histogram {
  /**
   * The number of durations between the bound before and the own one, for each bucket; the last one is for those above
   * all bounds.
   */
  readonly counts: readonly number[];
  /** The sum of all durations, in milliseconds. */
  readonly sum: number;
}

/** A histogram without a duration. */
export const emptyHistogram: Histogram = { counts: Array(buckets.length + 1).fill(0), sum: 0 };

/** The histogram with one more duration, in milliseconds. A duration equal to a bound is in the bucket of the bound. */
export function observe({ counts, sum }: Histogram, milliseconds: number): Histogram {
  const found = buckets.findIndex((bound) => milliseconds <= bound * 1000);
  const index = found < 0 ? buckets.length : found;
  return {
    counts: counts.map((count, at) => at === index ? count + 1 : count),
    sum: sum + milliseconds,
  };
}

/** One value of a histogram in Prometheus's terms: `suffix` follows the name of the metric. */
export interface HistogramSample {
  readonly suffix: "_bucket" | "_sum" | "_count";
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The values of a histogram, in seconds. Each bucket counts durations up to its bound `le` (Prometheus documentation,
 * "Metric types").
 *
 * @param labels the labels of every value beside `le`
 */
export function histogramSamples(
  { counts, sum }: Histogram,
  labels: Readonly<Record<string, string>>,
): readonly HistogramSample[] {
  const total = counts.reduce((all, count) => all + count, 0);
  let below = 0;
  const bounded = buckets.map((bound, index) => ({
    suffix: "_bucket" as const,
    labels: { ...labels, le: String(bound) },
    value: below += counts[index]!,
  }));
  return [
    ...bounded,
    { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: total },
    { suffix: "_sum", labels, value: sum / 1000 },
    { suffix: "_count", labels, value: total },
  ];
}
