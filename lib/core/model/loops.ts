import { type Problem, serviceProblem } from "../problem.ts";
import type { ModelContext } from "./context.ts";
import { type Backend, bindAddresses, canonicalAddress, overlap, type Service } from "./service.ts";

/** Where HAProxy listens, by port: addresses as `canonicalAddress` writes them. */
export type ListeningPorts = ReadonlyMap<number, readonly string[]>;

type Machine = Pick<ModelContext, "ownAddresses" | "ownBinds">;

/** The ports of the load balancer and of the services with a frontend of their own. */
export function listeningPorts(services: readonly Service[], { ownBinds = [] }: Machine): ListeningPorts {
  const ports = new Map<number, string[]>();
  const add = (port: number, address: string) => {
    const known = ports.get(port);
    if (known) known.push(address);
    else ports.set(port, [address]);
  };
  for (const { host, port } of ownBinds) add(port, canonicalAddress(host));
  for (const service of services) {
    if (service.frontend === false) continue;
    for (const address of bindAddresses(service)) add(service.port, address);
  }
  return ports;
}

/**
 * Whether a connection to this server would reach HAProxy itself. HAProxy would send it to the server again, without
 * end. One request would use up all connections that HAProxy may have, also those of every other app.
 */
export function leadsBack({ ip, port }: Backend, ports: ListeningPorts, machine: Machine): boolean {
  const addresses = ports.get(port);
  if (!addresses) return false;
  const address = canonicalAddress(ip);
  const isOwn = /^127\./.test(address) || address === "::1" || address === "*" || address === "::" ||
    machine.ownAddresses?.has(address);
  return Boolean(isOwn) && addresses.some((one) => overlap(one, address));
}

/** Removes servers that lead back to HAProxy; a service without any other server is left out. */
export function withoutLoops(
  services: readonly Service[],
  ports: ListeningPorts,
  machine: Machine,
): { services: readonly Service[]; problems: Problem[] } {
  const isLoop = (backend: Backend) => leadsBack(backend, ports, machine);
  if (!services.some(({ backends }) => backends.some(isLoop))) return { services, problems: [] };
  const problems: Problem[] = [];
  const served = services.flatMap((service) => {
    const loops = service.backends.filter(isLoop);
    if (loops.length === 0) return [service];
    for (const { ip, port } of loops) {
      problems.push(serviceProblem(
        "server-loops",
        { app: service.appId, index: service.index },
        `: the server ${
          ip.includes(":") ? `[${ip}]` : ip
        }:${port} is ignored: HAProxy listens there itself; give the service another port ` +
          `(HAPROXY_${service.index}_PORT)`,
      ));
    }
    const kept = service.backends.map((backend) => !isLoop(backend));
    const backends = service.backends.filter((_, rank) => kept[rank]);
    const checkPorts = service.checkPorts?.filter((_, rank) => kept[rank]);
    return backends.length === 0 ? [] : [{ ...service, backends, ...checkPorts ? { checkPorts } : {} }];
  });
  return { services: served, problems };
}
