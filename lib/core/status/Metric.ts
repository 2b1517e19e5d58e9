/** One value of a metric. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its values, as Prometheus understands it. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  /** What it means, and in which unit. */
  readonly help: string;
  /** Without any it is not told. */
  readonly samples: readonly Sample[];
}
