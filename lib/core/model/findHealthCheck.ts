import type { App, HealthCheck } from "../marathon/App.ts";

/** The first health check of an app that names a port of its own, or the service at `index`. */
export function findHealthCheck(app: App, index: number): HealthCheck | undefined {
  return app.healthChecks.find((check) => check.port || check.portIndex === index);
}
