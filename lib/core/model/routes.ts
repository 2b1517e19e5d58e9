import { compareText } from "../text.ts";
import type { Service } from "./service.ts";

/** The weight of look-ups in a map. They follow every other rule, because more specific rules come first. */
export const mapWeight = -1;

/** The weight of rules for a whole domain. Rules for one host precede them, also look-ups in a map. */
const wildWeight = mapWeight - 2;

/** A part of the paths of a host: all that begin with `path`. */
export interface PathPrefix {
  /** In lower case if case does not count; `/` for all. */
  readonly path: string;
  readonly ignoreCase: boolean;
}

/**
 * The path prefixes that a label `PATH` asks for, as `path_beg` reads it: words, with `-i` before them where case does
 * not count. All of the host without a label, or with anything else in it.
 */
export function pathsOf(label: string | undefined): readonly PathPrefix[] {
  const words = wordsOf(label);
  const flags = words.filter((word) => word.startsWith("-"));
  const ignoreCase = flags.includes("-i");
  const paths = words.filter((word) => !word.startsWith("-"));
  const isPlain = flags.every((flag) => flag === "-i") && paths.every((path) => path.startsWith("/"));
  if (!isPlain || paths.length === 0 || paths.includes("/")) return [{ path: "/", ignoreCase: false }];
  return [...new Set(ignoreCase ? paths.map((path) => path.toLowerCase()) : paths)]
    .map((path) => ({ path, ignoreCase }));
}

/** A label `PATH` without some of its prefixes. */
export function withoutPaths(label: string, lost: readonly PathPrefix[]): string {
  const isLost = (word: string) =>
    lost.some(({ path, ignoreCase }) => path === (ignoreCase ? word.toLowerCase() : word));
  return wordsOf(label).filter((word) => !isLost(word)).join(" ");
}

function wordsOf(label: string | undefined): string[] {
  return (label ?? "").split(/\s+/).filter((word) => word !== "");
}

/** Whether two prefixes match the same paths, without regard to case if one of them ignores it. */
export function samePath(a: PathPrefix, b: PathPrefix): boolean {
  return compared(a, b, (one, other) => one === other);
}

/** Whether the first prefix matches all paths that the second matches. */
export function coversPath(a: PathPrefix, b: PathPrefix): boolean {
  return compared(a, b, (one, other) => other.startsWith(one));
}

function compared(a: PathPrefix, b: PathPrefix, test: (one: string, other: string) => boolean): boolean {
  return a.ignoreCase || b.ignoreCase
    ? test(a.path.toLowerCase(), b.path.toLowerCase())
    : test(a.path, b.path);
}

/** The wildcards that match a host, or all hosts of a wildcard: `*.b.c` and `*.c` for `a.b.c`. */
export function wildcardsOver(host: string): string[] {
  const names = host.split(".").slice(isWildcard(host) ? 2 : 1);
  return names.map((_, index) => `*.${names.slice(index).join(".")}`);
}

/** The weight of a service's vhost rules: the highest comes first. */
export function ruleWeight(
  { labels: { VHOST = [], PATH, BACKEND_WEIGHT } }: Pick<Service, "labels">,
): number {
  return BACKEND_WEIGHT || (PATH ? 1 : 0) + (VHOST.some(isWildcard) ? wildWeight : 0);
}

/**
 * Whether the vhosts of a service are looked up in a map, where its weight does not count.
 *
 * @param haproxyMap `--haproxy-map`
 */
export function isMapped({ labels }: Pick<Service, "labels">, haproxyMap: boolean): boolean {
  const { VHOST = [], PATH, AUTH, AUTH_EVERYWHERE, SNI_PASSTHROUGH, TRAFFIC_SHARE } = labels;
  // The map leads only to backends of mode http.
  if (SNI_PASSTHROUGH) return false;
  // A host leads to one backend in the map.
  if (TRAFFIC_SHARE !== undefined) return false;
  // If the backend requires the login, the rule does not.
  return haproxyMap && !PATH && !(AUTH && !AUTH_EVERYWHERE) && !VHOST.some(isWildcard);
}

/** The weight that decides at which place a service's vhosts are matched. */
export function placeOf(service: Pick<Service, "labels">, haproxyMap: boolean): number {
  return isMapped(service, haproxyMap) ? mapWeight : ruleWeight(service);
}

/** Whether a vhost matches all hosts under a domain: `*.example.com`. */
export function isWildcard(host: string): boolean {
  return host.startsWith("*.");
}

/**
 * Whether HAProxy passes the TLS of a service's vhosts through to its tasks. Then its vhosts are whole hosts: paths are
 * encrypted, and weights have no effect at the HTTPS port.
 */
export function passesThrough({ labels }: Pick<Service, "labels">): boolean {
  return labels.SNI_PASSTHROUGH ?? false;
}

/** What the HTTP and HTTPS frontends lead to. */
export interface Routed {
  /** False with `--dont-bind-http-https`. */
  readonly vhosts: boolean;
  /** Whether they can pass TLS through. */
  readonly passthrough: boolean;
}

/**
 * Whether requests for its vhosts reach a service. The rules of a vhost lead to backends of mode http only.
 *
 * @param routed all vhosts by default
 */
export function isRouted(
  service: Pick<Service, "labels" | "mode">,
  routed: Routed = { vhosts: true, passthrough: true },
): boolean {
  if (!service.labels.VHOST?.length || !routed.vhosts) return false;
  return passesThrough(service) ? routed.passthrough : service.mode === "http";
}

/** The order of hosts if the most specific one counts: names, then wildcards, those of longer domains first. */
export function compareSpecific(a: string, b: string): number {
  const labels = (host: string) => isWildcard(host) ? host.split(".").length : Infinity;
  const [first, second] = [labels(a), labels(b)];
  return first === second ? compareText(a, b) : second > first ? 1 : -1;
}

/** How HAProxy's ACLs match a host name (configuration manual, section 7.1.3): whole, or by its end. */
export function hostMatch(host: string): string {
  return isWildcard(host) ? `-m end -i ${host.slice(1)}` : `-i ${host}`;
}

/** The same as a regular expression, for a part of a larger one. */
export function hostPattern(host: string): string {
  const text = host.replaceAll(".", "[.]");
  return isWildcard(host) ? `[^/:]+${text.slice(1)}` : text;
}
