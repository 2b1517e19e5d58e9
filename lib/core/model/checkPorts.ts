import type { Service } from "./Service.ts";

/**
 * Gives the services of one app that name another port for their checks the ports of the backends of the same rank
 * there. Services are counted in the order of their ports, from the end when the index is negative; an index out of
 * range, or a service with fewer backends, leaves the service's own ports.
 */
export function checkPorts(services: readonly Service[]): Service[] {
  return services.map((service) => {
    const index = service.labels.BACKEND_HEALTHCHECK_PORT_INDEX;
    if (index === undefined) return service;
    const named = services.toSorted((a, b) => a.port - b.port).at(index) ?? service;
    return {
      ...service,
      checkPorts: service.backends.map((own, rank) => (named.backends[rank] ?? own).port),
    };
  });
}
