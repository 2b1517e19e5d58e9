import {
  coversPath,
  isMapped,
  isWildcard,
  passesThrough,
  type PathPrefix,
  pathsOf,
  placeOf,
  samePath,
  wildcardsOver,
  withoutPaths,
} from "./routes.ts";
import {
  addTo,
  type ClaimParts,
  described,
  type Findings,
  isOwner,
  type RouteHolder,
  takenBy,
} from "./incumbents.ts";
import type { ProblemCode } from "../problem.ts";
import { compareText } from "../text.ts";
import type { Service } from "./service.ts";
import { askedShares, type ShareGroup, shareGroups, sharesTraffic } from "./shares.ts";

type Labels = Service["labels"];

/** A path of a host that a service asks for. */
interface Route extends PathPrefix {
  readonly service: Service;
  readonly host: string;
}

/**
 * How many passes are made, as a rule that was put behind may put others behind. No sensible set of labels needs more.
 */
const mostPasses = 4;

/**
 * Takes from services the vhosts and paths that other apps hold. A rule may match more than another app holds: the
 * whole vhost where that app has a path of it, or all of a domain. Such a rule comes behind that app's, whatever its
 * weight. What no app holds is only reported.
 *
 * @param services those that are served, in the order of (app id, port)
 * @returns the labels of the services that get less than they ask for
 */
export function claimVhosts(
  services: readonly Service[],
  parts: ClaimParts & { readonly haproxyMap: boolean },
): Map<Service, Labels> {
  const granted = new Map<Service, Labels>();
  const withVhosts = services.filter(({ labels }) => labels.VHOST?.length);
  if (parts.incumbents.routes.size > 0) {
    const asked = routesByHost(withVhosts, granted);
    for (const service of withVhosts) grantRoutes(service, { ...parts, asked, granted });
  }
  if (withVhosts.some(sharesTraffic)) refuseShares(withVhosts, { ...parts, granted });
  if (parts.incumbents.routes.size > 0) putBehind(withVhosts, { ...parts, granted });
  reportShadowed(withVhosts, { ...parts, granted });
  return granted;
}

function routesByHost(
  services: readonly Service[],
  granted: ReadonlyMap<Service, Labels>,
): Map<string, Route[]> {
  const routes = new Map<string, Route[]>();
  for (const service of services) {
    const { VHOST = [], PATH } = granted.get(service) ?? service.labels;
    const paths = pathsOf(PATH);
    for (const host of VHOST) for (const path of paths) addTo(routes, host, { ...path, service, host });
  }
  return routes;
}

type Granting = ClaimParts & { readonly granted: Map<Service, Labels> };

/** Takes away what other apps hold: a vhost of which nothing is left, or some of its paths. */
function grantRoutes(
  service: Service,
  { findings, incumbents, asked, granted }: Granting & {
    readonly asked: ReadonlyMap<string, readonly Route[]>;
  },
): void {
  const { appId } = service;
  // TLS passthrough includes all paths of a host, so no other app may hold a part of it.
  const passes = passesThrough(service);
  const isOurs = (rivals: readonly RouteHolder[]) => {
    const own = rivals.filter(({ owner }) => isOwner(owner, appId));
    return passes ? own.some((one) => one.passes) || own.length === rivals.length : own.length > 0;
  };
  /** A holder that shares its requests gives a part to whatever does the same. */
  const isShared = (holder: RouteHolder, host: string, path: PathPrefix) =>
    sharesTraffic(service) && !passes && !holder.passes &&
    Boolean(
      asked.get(host)?.some((route) =>
        isOwner(holder.owner, route.service.appId) && isSharedRoute(route, { ...path, service, host })
      ),
    );
  withdraw(service, granted, (host, path) => {
    const rivals = (incumbents.routes.get(host) ?? []).filter((holder) =>
      (passes || holder.passes || samePath(holder, path)) && !isShared(holder, host, path)
    );
    if (rivals.length === 0 || isOurs(rivals)) return false;
    const owners = rivals.map(({ owner }) => owner).filter((owner) => !isOwner(owner, appId));
    // Of several holders the message names one that is served, else the first, as it is unknown which held it first.
    const holder = asked.get(host)?.find((route) =>
      rivals.some((rival) => samePath(route, rival)) &&
      owners.some((owner) => isOwner(owner, route.service.appId))
    );
    if (
      holder && sharesTraffic(service) && !sharesTraffic(holder.service) &&
      !holder.service.labels.SNI_PASSTHROUGH
    ) {
      refuseShare(service, textOf(host, path), holder.service, findings);
      return true;
    }
    const owner = holder?.service.appId ?? owners.sort(compareText)[0]!;
    findings.add(
      service,
      "vhost-taken",
      owner,
      `is served without the vhost and path ${textOf(host, path)}: they are ${
        takenBy(holder?.service, owner)
      }; give one of them another vhost or path (HAPROXY_${service.index}_VHOST, HAPROXY_${service.index}_PATH)`,
    );
    return true;
  });
}

/** Removes paths of hosts from a service: a vhost of which nothing is left, or some of its paths. */
function withdraw(
  service: Service,
  granted: Map<Service, Labels>,
  isLost: (host: string, path: PathPrefix) => boolean,
): void {
  const labels = granted.get(service) ?? service.labels;
  const paths = pathsOf(labels.PATH);
  const lostPaths = new Set<PathPrefix>();
  let isLess = false;
  // All hosts of a service have the same paths. A host that would leave none to those before it is lost too.
  const hosts = labels.VHOST!.filter((host) => {
    const lost = paths.filter((path) => isLost(host, path));
    isLess ||= lost.length > 0;
    if (new Set([...lostPaths, ...lost]).size === paths.length) return false;
    for (const path of lost) lostPaths.add(path);
    return true;
  });
  if (!isLess) return;
  granted.set(service, {
    ...labels,
    VHOST: hosts,
    ...lostPaths.size > 0 ? { PATH: withoutPaths(labels.PATH!, [...lostPaths]) } : {},
  });
}

/** Whether two services share a route: both say so, for the same paths of the same host. */
function isSharedRoute(a: Route, b: Route): boolean {
  return a.host === b.host && a.path === b.path && a.ignoreCase === b.ignoreCase &&
    sharesTraffic(a.service) && sharesTraffic(b.service);
}

/**
 * Removes from services with a share the routes that another service wants whole. A label of one app must not redirect the
 * requests of another app. Reports shares that differ from their labels.
 */
function refuseShares(services: readonly Service[], { findings, granted }: Granting): void {
  const routes = routesByHost(services, granted);
  for (const service of services.filter(sharesTraffic)) {
    withdraw(service, granted, (host, path) => {
      const whole = routes.get(host)?.find((route) =>
        samePath(route, path) && !sharesTraffic(route.service) && !passesThrough(route.service)
      );
      if (!whole) return false;
      refuseShare(service, textOf(host, path), whole.service, findings);
      return true;
    });
  }
  const asBuilt = new Map(
    services.filter(sharesTraffic).map((service) => [
      { ...service, labels: granted.get(service) ?? service.labels },
      service,
    ]),
  );
  const groups = shareGroups([...asBuilt.keys()]);
  const report = (code: ProblemCode, service: Service, said: string) =>
    findings.add(asBuilt.get(service)!, code, undefined, said);
  for (const group of groups) reportShares(group, report);
  const shared = new Set(groups.flatMap(({ sides }) => sides.map(({ service }) => service)));
  for (const service of asBuilt.keys()) {
    if (service.labels.VHOST!.length === 0 || shared.has(service)) continue;
    report(
      "share-alone",
      service,
      "gets all requests of its vhosts and paths: no other service with a share has them",
    );
  }
}

function refuseShare(service: Service, where: string, whole: Service, findings: Findings): void {
  const said = `is served without the vhost and path ${where}: ${described(whole)} has them too, without a ` +
    `share; set HAPROXY_${whole.index}_TRAFFIC_SHARE=rest at ${whole.appId}`;
  findings.add(service, "share-refused", whole.appId, said);
}

function reportShares(
  { sides, routes }: ShareGroup,
  report: (code: ProblemCode, service: Service, said: string) => void,
): void {
  const where = textOf(routes[0]!.host, routes[0]!);
  const hasRest = sides.some(({ service }) => service.labels.TRAFFIC_SHARE === "rest");
  const sum = askedShares(sides);
  if (hasRest ? sum > 100 : sum !== 100) {
    const said = `gets another share than it asks for: those for ${where} are ${sum} % together, ` +
      `and each gets its part of the sum`;
    for (const { service } of sides) report("share-sum", service, said);
  }
  const differs = (of: (labels: Labels) => unknown) =>
    new Set(sides.map(({ service }) => JSON.stringify(of(service.labels) ?? false))).size > 1;
  const mixed = [
    ...differs(({ AUTH, AUTH_EVERYWHERE }) => AUTH && !AUTH_EVERYWHERE ? AUTH : undefined) ? ["AUTH"] : [],
    ...differs(({ REDIRECT_TO_HTTPS }) => REDIRECT_TO_HTTPS) ? ["REDIRECT_TO_HTTPS"] : [],
  ];
  for (const name of mixed) {
    const said = `shares ${where} with services of another ${name}, which counts for all of their requests`;
    for (const { service } of sides) report("share-mixed", service, said);
  }
}

/** Puts rules of newcomers behind more specific ones of other apps. */
function putBehind(
  services: readonly Service[],
  { findings, incumbents, granted, haproxyMap }: Granting & { readonly haproxyMap: boolean },
): void {
  const position = new Map(services.map((service, index) => [service, index]));
  const withGranted = (service: Service) => ({ labels: granted.get(service) ?? service.labels });
  const placeNow = (service: Service) => placeOf(withGranted(service), haproxyMap);
  const holderOf = ({ host, service, ...path }: Route) =>
    incumbents.routes.get(host)?.find((holder) =>
      isOwner(holder.owner, service.appId) && samePath(holder, path)
    );
  const comesFirst = (wide: Route, narrow: Route) =>
    placeNow(wide.service) - placeNow(narrow.service) ||
    position.get(narrow.service)! - position.get(wide.service)!;

  /** Of several the one with the lowest weight. */
  const behind = new Map<Service, { rival: string; its: string; whose: string }>();

  const isLost = ({ service, host }: Route) => !withGranted(service).labels.VHOST!.includes(host);

  const putOne = (wide: Route, narrow: Route, first: RouteHolder): boolean => {
    if (wide.service.appId === narrow.service.appId || !coversPath(wide, narrow)) return false;
    if (wide.host === narrow.host && samePath(wide, narrow)) return false;
    // Server names of TLS passthrough are matched separately, regardless of weights.
    if (passesThrough(wide.service) || passesThrough(narrow.service)) return false;
    if (comesFirst(wide, narrow) < 0 || isLost(wide) || isLost(narrow)) return false;
    const before = holderOf(wide);
    if (before && before.rank < first.rank) return false;
    const { service } = wide;
    // An app that lowers its own weight does not push back others that claim no more than before.
    const isLowered = first.place !== undefined && placeNow(narrow.service) < first.place;
    if (isLowered && before?.place !== undefined && placeNow(service) <= before.place) return false;
    const { labels } = withGranted(service);
    const its = `its rule for ${textOf(wide.host, wide)}`;
    const whose = `${textOf(narrow.host, narrow)} of ${described(narrow.service)}`;
    if (isMapped({ labels }, haproxyMap)) {
      // The place of look-ups in the map is fixed.
      granted.set(service, { ...labels, VHOST: labels.VHOST!.filter((host) => host !== wide.host) });
      const said = `is served without ${its}: it would take ${whose}, which has a lower weight; raise that`;
      findings.add(service, "vhost-taken", narrow.service.appId, said);
    } else {
      // 0 would mean the default.
      granted.set(service, { ...labels, BACKEND_WEIGHT: placeNow(narrow.service) - 0.5 || -0.25 });
      behind.set(service, { rival: narrow.service.appId, its, whose });
    }
    return true;
  };

  for (let pass = 0, changed = true; changed && pass < mostPasses; pass++) {
    changed = false;
    const routes = routesByHost(services, granted);
    const hasWildcards = [...routes.keys()].some(isWildcard);
    for (const [host, narrow] of routes) {
      const over = hasWildcards ? wildcardsOver(host).flatMap((wildcard) => routes.get(wildcard) ?? []) : [];
      if (narrow.length + over.length === 1) continue;
      const all = [...narrow, ...over];
      for (const one of narrow) {
        const first = holderOf(one);
        if (first) { for (const wide of all) changed = putOne(wide, one, first) || changed; }
      }
    }
  }
  for (const [service, { rival, its, whose }] of behind) {
    const advice = `give it a lower weight (HAPROXY_${service.index}_BACKEND_WEIGHT)`;
    findings.add(
      service,
      "vhost-behind",
      rival,
      `has ${its} behind that for ${whose}, which was there before; ${advice}`,
    );
  }
}

/** The routes of one host by their paths in lower case, in the order of their rules, and the lengths of these paths. */
interface RouteIndex {
  readonly byPath: ReadonlyMap<string, readonly Route[]>;
  readonly lengths: readonly number[];
}

/** How many routes of one path are compared; they differ at most in the case of the path. */
const mostCompared = 20;

/**
 * Reports rules that get no requests because an earlier rule of another service matches all of them. Earlier is the
 * rule of the higher weight, else the first. In linear time, as many services may share a host.
 */
function reportShadowed(
  services: readonly Service[],
  { findings, granted, haproxyMap }: Granting & { readonly haproxyMap: boolean },
): void {
  reportPassed(services, { findings, granted });
  const compared = services.filter((service) => hasPlainPaths(service) && !passesThrough(service));
  const routes = routesByHost(compared, granted);
  const hasWildcards = [...routes.keys()].some(isWildcard);
  if (!hasWildcards && ![...routes.values()].some(({ length }) => length > 1)) return;
  // Only these are compared, and most services have their hosts to themselves.
  const contending = new Set<Service>();
  for (const all of routes.values()) {
    if (hasWildcards || all.length > 1) { for (const { service } of all) contending.add(service); }
  }
  const ranked = services.filter((service) => contending.has(service)).map((service) => ({
    service,
    place: placeOf({ labels: granted.get(service) ?? service.labels }, haproxyMap),
  })).sort((a, b) => b.place - a.place);
  const ranks = new Map(ranked.map(({ service, place }, rank) => [service, { rank, place }]));
  const rankOf = ({ service }: Route) => ranks.get(service)!.rank;
  const indexes = new Map<string, RouteIndex>();
  const indexOf = (host: string) => {
    const known = indexes.get(host);
    if (known) return known;
    const sorted = (routes.get(host) ?? []).toSorted((a, b) => rankOf(a) - rankOf(b));
    const byPath = Map.groupBy(sorted, ({ path }) => path.toLowerCase());
    const index = { byPath, lengths: [...new Set([...byPath.keys()].map(({ length }) => length))] };
    indexes.set(host, index);
    return index;
  };
  const coveringOf = (route: Route, host: string) => {
    const { byPath, lengths } = indexOf(host);
    return lengths.flatMap((length) => {
      if (length > route.path.length) return [];
      const some = byPath.get(route.path.slice(0, length).toLowerCase()) ?? [];
      return some.slice(0, mostCompared).find((rival) =>
        rival.service !== route.service && rankOf(rival) < rankOf(route) && coversPath(rival, route) &&
        !isSharedRoute(rival, route)
      ) ?? [];
    });
  };

  const told = new Set<Service>();
  for (const [host, all] of routes) {
    const over = hasWildcards ? wildcardsOver(host).filter((wildcard) => routes.has(wildcard)) : [];
    if (all.length === 1 && over.length === 0) continue;
    for (const route of all) {
      const { service } = route;
      if (told.has(service)) continue;
      const [first] = [host, ...over].flatMap((one) => coveringOf(route, one))
        .sort((a, b) => rankOf(a) - rankOf(b));
      if (!first) continue;
      told.add(service);
      const [its, own] = [ranks.get(first.service)!.place, ranks.get(service)!.place];
      const why = its === own
        ? `both have the weight ${own}, and the other comes first by app id and port`
        : `its weight is ${its}, and here it is ${own}`;
      const said = `gets no requests for ${textOf(host, route)}: the rule of ${described(first.service)} ` +
        `for ${textOf(first.host, first)} comes first: ${why}`;
      findings.add(service, "vhost-shadowed", first.service.appId, said);
    }
  }
}

/** Reports hosts with TLS passthrough to another service. */
function reportPassed(
  services: readonly Service[],
  { findings, granted }: Pick<Granting, "findings" | "granted">,
): void {
  const first = new Map<string, Service>();
  const hostsOf = (service: Service) => (granted.get(service) ?? service.labels).VHOST ?? [];
  for (const service of services.filter(passesThrough)) {
    for (const host of hostsOf(service)) if (!first.has(host)) first.set(host, service);
  }
  if (first.size === 0) return;
  for (const service of services) {
    const passes = passesThrough(service);
    const host = hostsOf(service).find((one) => {
      const other = first.get(one);
      // An app may intend a service for HTTP beside one for HTTPS.
      return other && other !== service && (passes || other.appId !== service.appId);
    });
    if (host === undefined) continue;
    const other = first.get(host)!;
    const said = `gets no requests over HTTPS for ${JSON.stringify(host)}: its TLS is passed through to ${
      described(other)
    }`;
    findings.add(service, "vhost-shadowed", other.appId, said);
  }
}

/**
 * Whether each of its paths begins with `/`. Any other path matches no request, although the label then counts as all
 * of the host.
 */
function hasPlainPaths({ labels: { PATH = "" } }: Service): boolean {
  return PATH.split(/\s+/).every((word) => word === "" || word === "-i" || word.startsWith("/"));
}

function textOf(host: string, { path }: PathPrefix): string {
  return JSON.stringify(path === "/" ? host : `${host} ${path}`);
}
