import type { DemoApp } from "./demoApps.ts";

/** The app as it is given to Marathon, with this service port. */
export function marathonApp(
  { id, instances, labels }: DemoApp,
  servicePort: number,
): Record<string, unknown> {
  return {
    id,
    instances,
    portDefinitions: [{ port: servicePort, name: "http" }],
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_BIND_ADDR: "127.0.0.1", ...labels },
    healthChecks: [{
      protocol: labels.HAPROXY_0_MODE === "tcp" ? "TCP" : "HTTP",
      path: "/health",
      portIndex: 0,
      intervalSeconds: 2,
      timeoutSeconds: 2,
    }],
  };
}
