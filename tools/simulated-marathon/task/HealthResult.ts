/** The last word of a task's health checks, as in `healthCheckResults`; times are ISO 8601. */
export interface HealthResult {
  readonly alive: boolean;
  readonly consecutiveFailures: number;
  readonly firstSuccess: string | null;
  readonly lastSuccess: string | null;
  readonly lastFailure: string | null;
  readonly lastFailureCause: string | null;
}

/** The result after one more check at `now`. */
export function nextHealthResult(last: HealthResult | undefined, alive: boolean, now: string): HealthResult {
  return {
    alive,
    consecutiveFailures: alive ? 0 : (last?.consecutiveFailures ?? 0) + 1,
    firstSuccess: last?.firstSuccess ?? (alive ? now : null),
    lastSuccess: alive ? now : last?.lastSuccess ?? null,
    lastFailure: alive ? last?.lastFailure ?? null : now,
    lastFailureCause: alive ? last?.lastFailureCause ?? null : "Service Unavailable",
  };
}
