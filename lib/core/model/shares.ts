import { passesThrough, type PathPrefix, pathsOf } from "./routes.ts";
import { backendName, type Service } from "./service.ts";

/** One of the services that have the same vhost and path. */
export interface ShareSide {
  readonly service: Service;
  /** Its part of the requests in relation to the weights of the other sides; their sum is above 0. */
  readonly weight: number;
}

/** A host with a part of its paths. */
export interface SharedRoute extends PathPrefix {
  readonly host: string;
}

/** Services that share the requests of some vhosts and paths. */
export interface ShareGroup {
  /** At least two, in the order of (app id, port). */
  readonly sides: readonly ShareSide[];
  /** In the order of the first side's labels. */
  readonly routes: readonly SharedRoute[];
  /** Whether a client stays on its side. */
  readonly sticky: boolean;
}

/** Whether a service gives a part of the requests of its vhosts to others that do the same. */
export function sharesTraffic({ labels }: Pick<Service, "labels">): boolean {
  return labels.TRAFFIC_SHARE !== undefined;
}

/** The services that share requests, those with the same sides together; empty where none has a share. */
export function shareGroups(services: readonly Service[]): ShareGroup[] {
  const sharing = services.filter((service) => sharesTraffic(service) && !passesThrough(service));
  const routes = new Map<string, SharedRoute & { services: Service[] }>();
  for (const service of sharing) {
    for (const host of service.labels.VHOST ?? []) {
      for (const path of pathsOf(service.labels.PATH)) {
        const key = JSON.stringify([host, path.path, path.ignoreCase]);
        const known = routes.get(key);
        if (known) known.services.push(service);
        else routes.set(key, { host, ...path, services: [service] });
      }
    }
  }
  const groups = new Map<string, { sides: readonly ShareSide[]; routes: SharedRoute[] }>();
  for (const { services, ...route } of routes.values()) {
    if (services.length < 2) continue;
    const key = services.map(backendName).join(" ");
    const known = groups.get(key);
    if (known) known.routes.push(route);
    else groups.set(key, { sides: weigh(services), routes: [route] });
  }
  return [...groups.values()].map((group) => ({
    ...group,
    sticky: group.sides.some(({ service }) => service.labels.TRAFFIC_SHARE_STICKY),
  }));
}

/** The percentages that labels ask for together, `rest` apart. */
export function askedShares(sides: readonly Pick<ShareSide, "service">[]): number {
  return sides.reduce(
    (sum, { service: { labels: { TRAFFIC_SHARE: share } } }) => typeof share === "number" ? sum + share : sum,
    0,
  );
}

/** `rest` is what is left of 100, in equal parts where several sides have it. Where no label asks for any, all get the same. */
function weigh(services: readonly Service[]): ShareSide[] {
  const sides = services.map((service) => ({ service }));
  const resting = services.filter(({ labels }) => labels.TRAFFIC_SHARE === "rest");
  const left = Math.max(0, 100 - askedShares(sides));
  const weights = services.map((service) => {
    const share = service.labels.TRAFFIC_SHARE;
    if (typeof share === "number") return share;
    const rank = resting.indexOf(service);
    // In whole numbers, as HAProxy counts.
    return Math.floor(left / resting.length) + (rank < left % resting.length ? 1 : 0);
  });
  const isNone = weights.every((weight) => weight === 0);
  return services.map((service, index) => ({ service, weight: isNone ? 1 : weights[index]! }));
}

/** The part of the requests that a side gets while all sides have servers, in percent, to one decimal. */
export function percentOf({ weight }: ShareSide, { sides }: Pick<ShareGroup, "sides">): number {
  const sum = sides.reduce((sum, side) => sum + side.weight, 0);
  return Math.round(weight / sum * 1_000) / 10;
}
