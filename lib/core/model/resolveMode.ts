import type { ServiceLabels } from "../labels/ServiceLabels.ts";
import type { HealthCheck } from "../marathon/App.ts";

const httpProtocols = ["HTTP", "HTTPS", "MESOS_HTTP", "MESOS_HTTPS"];

/**
 * The mode of a service. A check borrowed from another port speaks louder than the label, as in the reference:
 * it would be sent over a connection in that mode.
 *
 * @param own the check of the service's own port
 * @param borrowed the check of the port that `BACKEND_HEALTHCHECK_PORT_INDEX` names, where there is no own one
 */
export function resolveMode(
  labels: ServiceLabels,
  own: HealthCheck | undefined,
  borrowed: HealthCheck | undefined,
): "tcp" | "http" {
  if (borrowed && httpProtocols.includes(borrowed.protocol)) return "http";
  if (labels.MODE) return labels.MODE;
  return own?.protocol === "HTTP" || labels.VHOST?.length ? "http" : "tcp";
}
