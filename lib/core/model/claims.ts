import type { Problem } from "../problem.ts";
import {
  backendName,
  bindAddresses,
  canonicalAddress,
  isPortClosed,
  limitedTo,
  overlap,
  type Service,
} from "./service.ts";
import { claimVhosts } from "./vhostClaims.ts";
import {
  type ClaimParts,
  Findings,
  holdAcrossClusters,
  type Incumbents,
  isOwner,
  noIncumbents,
  takenBy,
} from "./incumbents.ts";
import type { ModelContext } from "./context.ts";

export interface ClaimContext {
  /** Where the load balancer itself listens. This precedes all claims. */
  readonly ownBinds?: ModelContext["ownBinds"];
  /** What is held, as `retainIncumbents` returns it. */
  readonly incumbents?: Incumbents;
  /** When apps were configured last, by their ids; an app without this counts as the newest. */
  readonly since?: { get(appId: string): number | undefined };
  /** Places of the clusters of apps of `--cluster`, by their ids: between clusters, an earlier one counts. */
  readonly places?: ReadonlyMap<string, number>;
  /** `--haproxy-map`: vhosts may be looked up in a map. */
  readonly haproxyMap?: boolean;
  /**
   * Whether these services were claimed before, and only some of them are others now. Then none gets a port back, which
   * nothing has compared with `ownBinds`.
   */
  readonly again?: boolean;
  /** Earlier results for services that are served in part. An equal result stays the same object. */
  readonly before?: ReadonlyMap<Service, Service>;
}

export interface Claimed {
  /** Those that are served, in their order. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** Those of `problems` about what services do not get. */
  readonly losses: readonly Problem[];
  /** Services that are served in part, mapped to what is served. */
  readonly limited: ReadonlyMap<Service, Service>;
  /** Ids of the apps that claim what others claim too. */
  readonly contested: ReadonlySet<string>;
}

/**
 * Decides which of several services gets what only one can have: the name of a backend, a port, a vhost and path. For
 * example, `/a/b` and `/a_b` make the same name.
 *
 * An app keeps what it holds. Else the app that was configured earlier wins, then the first in order. A service without
 * its name is left out; one without its port or a vhost is served by what remains. A vhost and path that no app holds
 * is only reported: HAProxy applies the first rule.
 *
 * @param services in the order of (app id, port)
 */
export function claimNames(services: readonly Service[], context: ClaimContext = {}): Claimed {
  const { since = new Map<string, number>(), places = new Map<string, number>() } = context;
  const incumbents = holdAcrossClusters(context.incumbents ?? noIncumbents, services, places);
  const findings = new Findings();
  const order = new Map(services.map((service, index) => [service, index]));
  const sinceOf = ({ appId }: Service) => since.get(appId) ?? Infinity;
  const bySeniority = (a: Service, b: Service) =>
    (places.get(a.appId) ?? 0) - (places.get(b.appId) ?? 0) || Math.sign(sinceOf(a) - sinceOf(b)) ||
    order.get(a)! - order.get(b)!;
  const parts = { findings, incumbents, bySeniority };

  const named = claimBackendNames(services, parts);
  // What a service loses of its vhosts decides about its port, and is said after that.
  const ofVhosts = new Findings();
  const labels = claimVhosts(named, {
    ...parts,
    findings: ofVhosts,
    haproxyMap: context.haproxyMap ?? false,
  });
  const labelsOf = (service: Service) => labels.get(service) ?? service.labels;
  const asksForPort = (service: Service) =>
    service.closedPort === "while-routed" && !context.again
      ? !isPortClosed({ ...service, labels: labelsOf(service) })
      : service.frontend !== false;
  const withFrontend = claimBinds(named, { ...parts, ownBinds: context.ownBinds ?? [], asksForPort });
  findings.append(ofVhosts);
  const limited = new Map<Service, Service>();
  for (const service of named) {
    const changed = labels.get(service);
    const hasFrontend = withFrontend.has(service);
    if (!changed && hasFrontend === (service.frontend !== false)) continue;
    const next = limitedTo(service, { hasFrontend, labels: changed ?? service.labels });
    const earlier = context.before?.get(service);
    limited.set(service, earlier && isSame(earlier, next) ? earlier : next);
  }
  return {
    services: named.map((service) => limited.get(service) ?? service),
    problems: findings.problems(services, "all"),
    losses: findings.problems(services, "losses"),
    limited,
    contested: findings.contested,
  };
}

/** Whether two results for one service are equal. */
function isSame(a: Service, b: Service): boolean {
  return a.frontend === b.frontend && JSON.stringify(a.labels) === JSON.stringify(b.labels);
}

/** The services that get the names of their backends. */
function claimBackendNames(
  services: readonly Service[],
  { findings, incumbents, bySeniority }: ClaimParts,
): Service[] {
  const names = services.map(backendName);
  const claims = Map.groupBy(services, (_, index) => names[index]!);
  return services.filter((service, index) => {
    const name = names[index]!;
    const owner = incumbents.names.get(name);
    const rivals = claims.get(name)!;
    if (rivals.length === 1 && (owner === undefined || isOwner(owner, service.appId))) return true;
    const holders = owner === undefined ? rivals : rivals.filter(({ appId }) => isOwner(owner, appId));
    const [winner] = holders.sort(bySeniority);
    if (winner === service) return true;
    const what = winner?.appId === service.appId ? `port ${service.port}` : `the backend name ${name}`;
    findings.add(
      service,
      "name-taken",
      winner?.appId ?? owner,
      `is left out: ${what} is ${takenBy(winner, owner)}; ${anotherPort(service)}`,
    );
    return false;
  });
}

interface Listener {
  readonly address: string;
  readonly owner: string;
  /** Undefined where the owner has no task at the moment. */
  readonly service?: Service;
}

/** The services that get their ports. */
function claimBinds(
  services: readonly Service[],
  parts: ClaimParts & {
    readonly ownBinds: NonNullable<ModelContext["ownBinds"]>;
    readonly asksForPort: (service: Service) => boolean;
  },
): Set<Service> {
  const { findings, incumbents, bySeniority, ownBinds, asksForPort } = parts;
  const granted = new Set(services.filter(asksForPort));
  /** Those that leave their ports to others, by port. */
  const leaving = Map.groupBy(
    services.filter((service) => service.closedPort !== undefined && !granted.has(service)),
    ({ port }) => port,
  );
  const lose = (service: Service, rival: string | undefined, whose: string) => {
    const code = rival === undefined ? "own-port" : "port-taken";
    granted.delete(service);
    const said = `is served without a frontend of its own: port ${service.port} is ${whose}; ${
      anotherPort(service)
    }`;
    findings.add(service, code, rival, said);
  };
  const claims = Map.groupBy(granted, ({ port }) => port);
  for (const [port, rivals] of claims) {
    const held = (incumbents.binds.get(port) ?? []).filter(({ owner }) =>
      !leaving.get(port)?.some(({ appId }) => isOwner(owner, appId))
    );
    const own = ownBinds.filter((bind) => bind.port === port);
    if (rivals.length === 1 && held.length === 0 && own.length === 0) continue;

    const taken: Listener[] = [];
    const isHeld = (service: Service) =>
      bindAddresses(service).every((address) =>
        held.some((one) => one.address === address && isOwner(one.owner, service.appId))
      );
    const claim = (service: Service) => {
      const addresses = bindAddresses(service);
      const ours = own.find(({ host }) => addresses.some((one) => overlap(one, canonicalAddress(host))));
      if (ours) return lose(service, undefined, `that of ${ours.flag}`);
      const other = taken.find(({ address, owner }) =>
        !isOwner(owner, service.appId) && addresses.some((one) => overlap(one, address))
      );
      if (other) return lose(service, other.owner, takenBy(other.service, other.owner));
      for (const address of addresses) taken.push({ address, owner: service.appId, service });
    };
    const [seniors, newcomers] = [rivals.filter(isHeld), rivals.filter((service) => !isHeld(service))];
    for (const service of seniors.sort(bySeniority)) claim(service);
    for (const { address, owner } of held) {
      if (!taken.some((one) => one.address === address && isOwner(owner, one.owner))) {
        taken.push({ address, owner, service: rivals.find(({ appId }) => isOwner(owner, appId)) });
      }
    }
    for (const service of newcomers.sort(bySeniority)) claim(service);
  }
  return granted;
}

function anotherPort({ index }: Service): string {
  return `give one of them another port (HAPROXY_${index}_PORT)`;
}
