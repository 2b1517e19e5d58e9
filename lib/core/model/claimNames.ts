import type { Problem } from "../problem/Problem.ts";
import { backendName } from "./backendName.ts";
import type { ModelContext } from "./ModelContext.ts";
import type { Service } from "./Service.ts";

/**
 * Lets the first service keep an address with its port, and a backend name (`/a/b` and `/a_b` make the same one);
 * later ones are excluded, because HAProxy would split the traffic between them or refuse the file. A vhost and path
 * that is claimed twice is only reported: HAProxy takes the first rule.
 *
 * @param services in the order in which claims are made
 * @param ownBinds where the load balancer itself listens, which goes before all claims
 */
export function claimNames(
  services: readonly Service[],
  ownBinds: ModelContext["ownBinds"] = [],
): { services: Service[]; problems: Problem[] } {
  const own = new Map(ownBinds.map(({ flag, host, port }) => [bindKey(host, port), flag]));
  const kept: Service[] = [];
  const problems: Problem[] = [];
  const names = new Map<string, Service>();
  const routes = new Map<string, Service>();

  for (const service of services) {
    const about = { app: service.appId, index: service.index };
    const claims: [key: string, what: string][] = [
      [bindKey(service.labels.BIND_ADDR ?? "*", service.port), `port ${service.port}`],
      [`name ${backendName(service)}`, `the backend name ${backendName(service)}`],
    ];
    const flag = own.get(claims[0]![0]);
    if (flag !== undefined) {
      const message = `${described(service)} is left out: port ${service.port} is that of ${flag};` +
        ` give it another port (HAPROXY_${service.index}_PORT)`;
      problems.push({ severity: "excluded", ...about, message });
      continue;
    }
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

/** Every IPv4 address has two spellings. An address of its own beside them gets its own traffic. */
function bindKey(host: string, port: number): string {
  return `bind ${host === "0.0.0.0" ? "*" : host}:${port}`;
}

function described({ appId, index }: Service): string {
  return `${appId}: service ${index}`;
}
