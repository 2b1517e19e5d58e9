/** How many tasks every app has when measurements are taken. */
export const restingInstances = 3;

export const soakAppId = (index: number) => `/soak-${index}`;
export const soakHost = (index: number) => `soak-${index}.localhost`;

/** The app of this number, as it is given to Marathon; clients ask for it. */
export function soakApp(index: number, servicePort: number) {
  return {
    id: soakAppId(index),
    instances: restingInstances,
    portDefinitions: [{ port: servicePort }],
    labels: {
      HAPROXY_GROUP: "external",
      HAPROXY_0_BIND_ADDR: "127.0.0.1",
      HAPROXY_0_VHOST: soakHost(index),
    },
    healthChecks: [{
      protocol: "HTTP",
      path: "/health",
      portIndex: 0,
      intervalSeconds: 2,
      timeoutSeconds: 2,
    }],
  };
}

/** An app that nobody asks for, and that comes and goes. */
export function guestApp(servicePort: number, labels: Readonly<Record<string, string>> = {}) {
  const own = {
    HAPROXY_GROUP: "external",
    HAPROXY_0_BIND_ADDR: "127.0.0.1",
    HAPROXY_0_VHOST: "guest.localhost",
  };
  return {
    id: "/guest",
    instances: 1,
    portDefinitions: [{ port: servicePort }],
    labels: { ...own, ...labels },
  };
}

/** Labels that cannot be served: read by us, or refused by HAProxy. */
export const refusedLabels: readonly Readonly<Record<string, string>>[] = [
  { HAPROXY_0_PORT: "eighty" },
  { HAPROXY_0_AUTH: "no three parts" },
  { HAPROXY_0_VHOST: "a\nb" },
  { HAPROXY_0_BACKEND_HEAD: "backend {backend}\n  no-such-directive here\n" },
  { HAPROXY_0_BALANCE: "no-such-algorithm" },
  { HAPROXY_0_BACKEND_HTTP_OPTIONS: "  option no-such-option\n" },
];
