import type { Problem } from "../problem/Problem.ts";
import { backendName } from "./backendName.ts";
import type { Service } from "./Service.ts";

/**
 * Lets the first service keep an address with its port, and a backend name (`/a/b` and `/a_b` make the same one);
 * later ones are excluded, because HAProxy would split the traffic between them or refuse the file. A vhost and path
 * that is claimed twice is only reported: HAProxy takes the first rule.
 *
 * @param services in the order in which claims are made
 */
export function claimNames(services: readonly Service[]): { services: Service[]; problems: Problem[] } {
  const kept: Service[] = [];
  const problems: Problem[] = [];
  const names = new Map<string, Service>();
  const routes = new Map<string, Service>();

  for (const service of services) {
    const about = { app: service.appId, index: service.index };
    const claims: [key: string, what: string][] = [
      [`bind ${service.labels.BIND_ADDR ?? "*"}:${service.port}`, `port ${service.port}`],
      [`name ${backendName(service)}`, `the backend name ${backendName(service)}`],
    ];
    const clash = claims.find(([key]) => names.has(key));
    if (clash) {
      const message =
        `${described(service)} is left out: ${clash[1]} is taken by ${described(names.get(clash[0])!)};` +
        ` give one of them another port (HAPROXY_${service.index}_PORT)`;
      problems.push({ severity: "excluded", ...about, message });
      continue;
    }
    for (const [key] of claims) names.set(key, service);
    kept.push(service);

    for (const host of service.labels.VHOST ?? []) {
      const route = `${host} ${service.labels.PATH ?? ""}`.trim();
      const first = routes.get(route);
      if (first) {
        const message = `${described(service)}: vhost and path ${JSON.stringify(route)} belong to ` +
          `${described(first)} too; the rule with the higher weight, else the first, gets the traffic`;
        problems.push({ severity: "warning", ...about, message });
      } else routes.set(route, service);
    }
  }
  return { services: kept, problems };
}

function described({ appId, index }: Service): string {
  return `${appId}: service ${index}`;
}
