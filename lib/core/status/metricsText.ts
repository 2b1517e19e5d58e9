import type { CertificateState } from "./CertificateState.ts";
import type { ControllerState } from "./ControllerState.ts";
import { formatMetrics } from "./formatMetrics.ts";
import { type HealthLimits, healthOf } from "./healthOf.ts";
import { metricTable } from "./metricTable.ts";
import type { Moment } from "./Moment.ts";

/** The controller's own metrics, for `/_mlb_metrics`. */
export function metricsText(
  state: ControllerState,
  now: Moment,
  limits: HealthLimits,
  certificates: readonly CertificateState[],
): string {
  const health = healthOf(state, now, limits);
  return formatMetrics(metricTable.map(({ name, type, help, read }) => ({
    name: `marathon_lb_${name}`,
    type,
    help,
    samples: read(state, health, certificates),
  })));
}
