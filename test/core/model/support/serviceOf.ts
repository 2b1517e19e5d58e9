import type { Service } from "../../../../lib/core/model/service.ts";

/** A service with one backend, with what a test wants to be different. */
export function serviceOf(members: Partial<Service> = {}): Service {
  return {
    appId: "/web",
    index: 0,
    port: 10001,
    mode: "tcp",
    groups: [],
    enabled: true,
    labels: {},
    templates: new Map(),
    backends: [{ host: "10.0.0.1", ip: "10.0.0.1", port: 31000, draining: false }],
    ...members,
  };
}
