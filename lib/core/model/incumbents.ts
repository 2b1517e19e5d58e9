import { type Problem, type ProblemCode, serviceProblem } from "../problem.ts";
import { passesThrough, type PathPrefix, pathsOf, placeOf, samePath } from "./routes.ts";
import { backendName, bindAddresses, overlap, type Service } from "./service.ts";

/**
 * The names, ports and vhosts that served apps hold. An app keeps them for as long as it exists and asks for them, and
 * no other app can get them.
 *
 * An owner is the id of an app. A file of an earlier process may show it only in the name of a backend. Then the owner
 * is the id as such names have it: `a_b` for both `/a/b` and `/a_b`.
 */
export interface Incumbents {
  /** Owners by the names of backends. */
  readonly names: ReadonlyMap<string, string>;
  /** By port. */
  readonly binds: ReadonlyMap<number, readonly BindHolder[]>;
  /** By host. Two apps may hold the same one if they came at the same time. */
  readonly routes: ReadonlyMap<string, readonly RouteHolder[]>;
}

export interface BindHolder {
  /** As `canonicalAddress` writes it. */
  readonly address: string;
  readonly owner: string;
}

export interface RouteHolder extends PathPrefix {
  readonly owner: string;
  /** Which of two rules comes first: the one with the lower rank. */
  readonly rank: number;
  /** Whether it is the whole host, with TLS passthrough. */
  readonly passes?: true;
  /** Its weight there, as `placeOf` returns it; unknown from a file of an earlier process. */
  readonly place?: number;
}

export const noIncumbents: Incumbents = { names: new Map(), binds: new Map(), routes: new Map() };

/** An app's id as it stands in the names of its backends. */
export function nameOf(appId: string): string {
  return appId.slice(1).replaceAll("/", "_");
}

/** Whether an owner is this app, as far as it is known. */
export function isOwner(owner: string, appId: string): boolean {
  return owner === appId || owner === nameOf(appId);
}

/** What served services hold. @param haproxyMap `--haproxy-map` */
export function holdingsOf(services: readonly Service[], haproxyMap = false): Incumbents {
  const names = new Map<string, string>();
  const binds = new Map<number, BindHolder[]>();
  const routes = new Map<string, RouteHolder[]>();
  for (const service of services) {
    names.set(backendName(service), service.appId);
    if (service.frontend === false) continue;
    for (const address of bindAddresses(service)) {
      addTo(binds, service.port, { address, owner: service.appId });
    }
  }
  const withVhosts = services.filter(({ labels }) => labels.VHOST?.length);
  withVhosts.sort((a, b) => placeOf(b, haproxyMap) - placeOf(a, haproxyMap));
  for (const [rank, service] of withVhosts.entries()) {
    const { appId: owner, labels } = service;
    const place = placeOf(service, haproxyMap);
    const passes = passesThrough(service) ? { passes: true as const } : {};
    for (const path of pathsOf(labels.PATH)) {
      for (const host of labels.VHOST!) addTo(routes, host, { ...path, owner, rank, place, ...passes });
    }
  }
  return { names, binds, routes };
}

/**
 * Combines holdings. If both have an entry, what is served wins. That includes two listeners that clash, as both may be
 * older than the search for clashes.
 */
export function joinIncumbents(kept: Incumbents, served: Incumbents): Incumbents {
  const binds = new Map([...served.binds].map(([port, holders]) => [port, [...holders]]));
  for (const [port, holders] of kept.binds) {
    const servedHere = served.binds.get(port) ?? [];
    for (const holder of holders) {
      if (!servedHere.some(({ address }) => overlap(address, holder.address))) addTo(binds, port, holder);
    }
  }
  const routes = new Map([...served.routes].map(([host, holders]) => [host, [...holders]]));
  for (const [host, holders] of kept.routes) {
    for (const holder of holders) {
      const isKnown = routes.get(host)?.some((one) =>
        one.owner === holder.owner && samePath(one, holder) && one.passes === holder.passes
      );
      // It has no rule now; when it is back, no other rule precedes it.
      if (!isKnown) addTo(routes, host, { ...holder, rank: -1 });
    }
  }
  return { names: new Map([...kept.names, ...served.names]), binds, routes };
}

/**
 * What is still held: what each owner still asks for, served or without tasks for now. An app whose labels cannot be
 * read keeps all it has.
 *
 * @param claimants the services of all apps, also of those without tasks
 * @param unread ids of apps that exist, but may ask for more than `claimants` show
 */
export function retainIncumbents(
  held: Incumbents,
  claimants: readonly Service[],
  unread: ReadonlySet<string>,
): Incumbents {
  const services = Map.groupBy(claimants, ({ appId }) => appId);
  let ids: Map<string, string[]> | undefined;
  const idsOf = (owner: string) => {
    if (owner.startsWith("/")) return [owner];
    ids ??= Map.groupBy(new Set([...services.keys(), ...unread]), nameOf);
    return ids.get(owner) ?? [];
  };
  /** The owner, by its id if that is known; undefined if it no longer asks for what it held. */
  const ownerNow = (owner: string, asksForIt: (service: Service) => boolean) => {
    const found = idsOf(owner).filter((id) => unread.has(id) || services.get(id)?.some(asksForIt));
    return found.length > 1 ? owner : found[0];
  };

  const names = new Map<string, string>();
  for (const [name, owner] of held.names) {
    const now = ownerNow(owner, (service) => backendName(service) === name);
    if (now !== undefined) names.set(name, now);
  }
  const routes = new Map<string, RouteHolder[]>();
  for (const [host, holders] of held.routes) {
    for (const { passes, ...holder } of holders) {
      const asksForIt = ({ labels }: Service) =>
        Boolean(labels.VHOST?.includes(host)) && pathsOf(labels.PATH).some((path) => samePath(path, holder));
      const now = ownerNow(holder.owner, asksForIt);
      if (now === undefined) continue;
      // An owner that now asks for less than the whole host keeps its part.
      const stays = passes && (unread.has(now) ||
        (services.get(now) ?? []).some((service) => asksForIt(service) && passesThrough(service)));
      addTo(routes, host, { ...holder, ...stays ? { passes } : {}, owner: now });
    }
  }
  const binds = new Map<number, BindHolder[]>();
  for (const [port, holders] of held.binds) {
    for (const { address, owner } of holders) {
      const now = ownerNow(
        owner,
        (service) =>
          service.port === port && bindAddresses(service).includes(address) && !leavesPort(service, routes),
      );
      if (now !== undefined) addTo(binds, port, { address, owner: now });
    }
  }
  return { names, binds, routes };
}

/** Whether the port of a service is closed: always, or because it holds a vhost that leads to it. */
function leavesPort({ appId, closedPort, labels }: Service, routes: Incumbents["routes"]): boolean {
  if (closedPort !== "while-routed") return closedPort === "always";
  const paths = pathsOf(labels.PATH);
  return Boolean(
    labels.VHOST?.some((host) =>
      routes.get(host)?.some((holder) =>
        isOwner(holder.owner, appId) && paths.some((path) => samePath(path, holder))
      )
    ),
  );
}

/**
 * What is held between clusters: a vhost and path that several ask for, and no app holds, belongs to the apps of the first
 * one. Within a cluster nothing changes.
 *
 * @param places of the clusters of apps, by their ids; an app that is not in it is of the first cluster
 */
export function holdAcrossClusters(
  held: Incumbents,
  services: readonly Service[],
  places: ReadonlyMap<string, number>,
): Incumbents {
  if (places.size === 0) return held;
  const placeIn = ({ appId }: Service) => places.get(appId) ?? 0;
  const asked = new Map<string, Service[]>();
  for (const service of services) for (const host of service.labels.VHOST ?? []) addTo(asked, host, service);
  const routes = new Map([...held.routes].map(([host, holders]) => [host, [...holders]]));
  for (const [host, rivals] of asked) {
    if (new Set(rivals.map(placeIn)).size < 2) continue;
    const before = held.routes.get(host) ?? [];
    const wanted = rivals.flatMap((service) =>
      pathsOf(service.labels.PATH).map((path) => ({ service, path }))
    );
    for (const { service, path } of wanted) {
      const same = wanted.filter((one) => samePath(one.path, path));
      const first = Math.min(...same.map((one) => placeIn(one.service)));
      if (placeIn(service) > first || before.some((holder) => samePath(holder, path))) continue;
      const passes = passesThrough(service) ? { passes: true as const } : {};
      addTo(routes, host, { ...path, ...passes, owner: service.appId, rank: -1 });
    }
  }
  return { ...held, routes };
}

/** Adds to the list of a key. */
export function addTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

/** The data that the parts of a decision share. */
export interface ClaimParts {
  readonly findings: Findings;
  readonly incumbents: Incumbents;
  /** The order of newcomers. */
  readonly bySeniority: (a: Service, b: Service) => number;
}

/** What is said of services that get what they ask for. */
const reportsOnly: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "vhost-shadowed",
  "share-sum",
  "share-alone",
  "share-mixed",
]);

/** The problems of claims. */
export class Findings {
  readonly contested = new Set<string>();
  readonly #problems = new Map<Service, { problem: Problem; isLoss: boolean }[]>();

  /** @param rival the other app; undefined for the load balancer itself */
  add(
    service: Service,
    code: ProblemCode,
    rival: string | undefined,
    said: string,
  ): void {
    const { appId: app, index } = service;
    const isLoss = !reportsOnly.has(code);
    const problem = serviceProblem(code, { app, index }, ` ${said}`);
    addTo(this.#problems, service, { problem, isLoss });
    if (rival !== undefined) this.contested.add(app).add(rival);
  }

  /** Adds those of others behind these. */
  append(others: Findings): void {
    for (const [service, problems] of others.#problems) {
      for (const problem of problems) addTo(this.#problems, service, problem);
    }
    for (const app of others.contested) this.contested.add(app);
  }

  /** In the order of the services. */
  problems(services: readonly Service[], losses: "losses" | "all"): Problem[] {
    return services.flatMap((service) => this.#problems.get(service) ?? [])
      .filter(({ isLoss }) => isLoss || losses === "all").map(({ problem }) => problem);
  }
}

/** @param owner its holder, if that is not served at the moment */
export function takenBy(service: Service | undefined, owner: string | undefined): string {
  if (service) return `taken by ${described(service)}`;
  const app = owner?.startsWith("/") ? owner : `an app whose backends are named ${owner}`;
  return `kept for ${app}, which had it and is not served now`;
}

export function described({ appId, index }: Service): string {
  return `${appId}: service ${index}`;
}
