import type { HealthCheck } from "../marathon/App.ts";

/** The values of the health check templates. `port` is absent where the server's own port is checked. */
export function healthCheckValues(check: HealthCheck, port: number | undefined) {
  return {
    healthCheck: check,
    healthCheckPortIndex: check.portIndex ?? "",
    healthCheckPort: port ?? "",
    healthCheckProtocol: check.protocol,
    healthCheckPath: check.path,
    healthCheckTimeoutSeconds: check.timeoutSeconds,
    healthCheckIntervalSeconds: check.intervalSeconds,
    healthCheckGracePeriodSeconds: check.gracePeriodSeconds,
    healthCheckMaxConsecutiveFailures: check.maxConsecutiveFailures,
    healthCheckFalls: check.maxConsecutiveFailures + 1,
    healthCheckPortOptions: port ? ` port ${port}` : "",
  };
}
