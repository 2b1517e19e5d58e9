import { parseBindAddress } from "../addresses.ts";
import { compareSpecific, isMapped, isWildcard, passesThrough, pathsOf, placeOf } from "../model/routes.ts";
import { backendName, isPortClosed, type Service } from "../model/service.ts";
import { percentOf, shareGroups, sharesTraffic } from "../model/shares.ts";
import { serverName } from "../render/names.ts";
import { hintOf, problemOf } from "../problem.ts";
import { quoted } from "../text.ts";
import { nearestTexts } from "../nearest.ts";
import {
  type FrontendLines,
  frontendLines,
  keyOf,
  rulesIn,
  sharedFrontends,
  sniFrontend,
  vhostMatches,
} from "./rules.ts";
import type { Reason } from "./verdict.ts";
import type { World } from "./world.ts";

/** A rule that a request for a URL matches. */
export interface MatchedRule {
  readonly app: string;
  readonly index: number;
  /** Its lines in the configuration. */
  readonly rule: readonly string[];
  /** Why it matches, or why another one precedes it: a sentence. */
  readonly why: string;
}

export interface AnsweringBackend extends MatchedRule {
  readonly backend: string;
  readonly servers: readonly { readonly name: string; readonly address: string; readonly port: number }[];
}

/** One of the services that share the requests for a URL. */
export interface ShareOfUrl {
  readonly app: string;
  readonly index: number;
  readonly backend: string;
  /** Its part while all sides have servers. */
  readonly percent: number;
}

/** Where a request for a URL goes. */
export interface UrlExplanation {
  readonly url: string;
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The frontend that accepts the connection; absent where nothing listens on the port. */
  readonly frontend?: string;
  /** Which rule decides; absent where none matches. */
  readonly matched?: AnsweringBackend;
  /** Where several services share the requests (`TRAFFIC_SHARE`): all of them, with the one that matched. */
  readonly shares?: readonly ShareOfUrl[];
  /** What else would match, in the order of the rules. */
  readonly also: readonly MatchedRule[];
  /** Why nothing matches. */
  readonly reasons: readonly Reason[];
}

/** A service whose rule matches, and how. */
interface Match {
  readonly service: Service;
  readonly host?: string;
  readonly path?: string;
  readonly place: number;
}

/**
 * Which rule a request for a URL matches, which backend and servers answer, and what else would have matched. Templates
 * of labels and operators may change rules in ways that are unknown here.
 *
 * @throws {RangeError} for what is no URL of HTTP or HTTPS: what was given and what is expected
 */
export function explainUrl(world: World, url: string): UrlExplanation {
  const { scheme, host, port, path } = readUrl(url);
  const asked = { url, scheme, host, port, path };
  const entry = entryOf(port, world);
  if (entry === undefined) {
    const services = world.services.filter((one) => one.port === port && one.frontend !== false);
    if (services.length > 0) return explainPort(asked, services, world);
    const closed = world.services.find((one) => one.port === port && isPortClosed(one));
    if (closed) return { ...asked, also: [], reasons: [portClosed(closed, world)] };
    return { ...asked, also: [], reasons: [nothingListens(port, world)] };
  }
  const frontend = sharedFrontends[entry];
  if (entry === "appid") {
    const said = `port ${port} finds apps by the header X-Marathon-App-Id and not by a URL`;
    return { ...asked, frontend, also: [], reasons: [noMatch("url-by-app-id", said)] };
  }
  const matches = matchVhosts(host, path, entry, world);
  const [first] = matches;
  if (!first) return { ...asked, frontend, also: [], reasons: [unmatched(host, path, world)] };
  const lines = frontendLines(world.configuration, matches.map(({ service }) => service));
  const sides = sidesOf(first, entry, world);
  const others = matches.slice(1).filter(({ service }) => !sides.some((side) => side.service === service));
  const passes = entry === "https" && passesThrough(first.service);
  const isUsed = passes && lines.has(sniFrontend)
    ? sniFrontend
    : lines.has(frontend)
    ? frontend
    : firstFrontend(first.service, lines) ?? frontend;
  return {
    ...asked,
    frontend: isUsed,
    matched: answering(
      first.service,
      ruleOf(first, entry, { lines, world }),
      describeMatch(first, entry) + overtaken(first, others, entry),
    ),
    ...sides.length === 0 ? {} : {
      shares: sides.map(({ service, percent }) => ({
        app: service.appId,
        index: service.index,
        backend: backendName(service),
        percent,
      })),
    },
    also: others.map((match) => ({
      app: match.service.appId,
      index: match.service.index,
      rule: ruleOf(match, entry, { lines, world }),
      why: whyBehind(first, match) + (overtakes(match, first, entry) ? `, but ${byKind(match, entry)}` : ""),
    })),
    reasons: [],
  };
}

/** The services that share the route of a match; empty where its service has all of it. */
function sidesOf(
  { service, host, path }: Match,
  entry: "http" | "https",
  { services }: World,
): { service: Service; percent: number }[] {
  if (!sharesTraffic(service)) return [];
  const group = shareGroups(services).find(({ sides, routes }) =>
    sides.some((side) => side.service === service) &&
    routes.some((route) => route.host === host && route.path === path)
  );
  if (!group) return [];
  // The redirect comes before all shares.
  if (entry === "http" && group.sides.some((side) => side.service.labels.REDIRECT_TO_HTTPS)) return [];
  return group.sides.map((side) => ({ service: side.service, percent: percentOf(side, group) }));
}

type Entry = keyof typeof sharedFrontends;

/** @throws {RangeError} */
function readUrl(url: string): Pick<UrlExplanation, "scheme" | "host" | "port" | "path"> {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = parsed?.protocol.replace(":", "");
  if (url.startsWith("/") || !parsed || (scheme !== "http" && scheme !== "https") || parsed.hostname === "") {
    throw new RangeError(`the URL is ${quoted(url)}; expected one such as https://shop.example.com/cart`);
  }
  const standard = scheme === "http" ? 80 : 443;
  return {
    scheme,
    // A host name with a dot at its end is the same host.
    host: parsed.hostname.toLowerCase().replace(/\.$/, ""),
    port: parsed.port === "" ? standard : Number(parsed.port),
    path: parsed.pathname,
  };
}

/** Which of the shared frontends listens on a port. */
function entryOf(port: number, { render }: World): Entry | undefined {
  const { httpBind, httpsBind, appidBind } = render.head;
  const listens = (address: string) => parseBindAddress(address)?.port === port;
  if (render.bindHttpHttps && listens(httpBind)) return "http";
  if (render.bindHttpHttps && listens(httpsBind)) return "https";
  return listens(appidBind) ? "appid" : undefined;
}

/** The services with a vhost and path that match, in the order in which HAProxy tries their rules. */
function matchVhosts(host: string, path: string, entry: "http" | "https", world: World): Match[] {
  const { haproxyMap } = world.render;
  const matches = world.services.flatMap((service): Match[] => {
    const vhost = (service.labels.VHOST ?? []).find((one) => vhostMatches(one, host));
    if (vhost === undefined) return [];
    const prefix = pathsOf(service.labels.PATH).find((one) =>
      (one.ignoreCase ? path.toLowerCase() : path).startsWith(one.path)
    );
    if (!prefix) return [];
    return [{ service, host: vhost, path: prefix.path, place: placeOf(service, haproxyMap) }];
  });
  const passed = matches.filter(({ service }) => passesThrough(service));
  if (entry === "https" && passed.length > 0) {
    // The server name decides, before any request is seen: the most specific host counts.
    const [best] = matches.map(({ host }) => host!).sort(compareSpecific);
    const chosen = passed.find(({ host }) => host === best);
    return chosen ? [chosen] : orderMatches(matches.filter((match) => !passed.includes(match)), entry, world);
  }
  return orderMatches(
    matches.filter((match) => !passed.includes(match) || match.service.labels.REDIRECT_TO_HTTPS),
    entry,
    world,
  );
}

function orderMatches(matches: Match[], entry: "http" | "https", { render }: World): Match[] {
  if (entry === "https" && render.groupHttpsByVhost) {
    // The server name chooses the frontend of one vhost; names come before wildcards.
    const hosts = [...new Set(matches.map(({ host }) => host!))];
    const chosen = hosts.find((one) => !isWildcard(one)) ?? hosts.sort((a, b) => a < b ? -1 : 1)[0];
    const inFrontend = matches.filter((match) => match.host === chosen);
    return inFrontend.sort((a, b) => b.place - a.place);
  }
  return matches.sort((a, b) => b.place - a.place);
}

function ruleOf(
  { service, host, path }: Match,
  entry: "http" | "https",
  { lines, world }: { lines: FrontendLines; world: World },
): readonly string[] {
  const rules = rulesIn(service, lines, world);
  const named = rules.filter(({ frontend }) => frontend === sharedFrontends[entry]);
  const own = named.find((rule) => rule.host === host && (rule.path ?? "/") === (path ?? "/"));
  return (own ?? rules.find(({ kind, host }) => kind === "vhost" && host === undefined))?.lines ?? [];
}

function firstFrontend(service: Service, lines: FrontendLines): string | undefined {
  for (const [frontend, services] of lines) {
    const own = services.get(keyOf(service));
    if (own && !own.some((line) => /^(?:frontend|listen) /.test(line))) return frontend;
  }
  return undefined;
}

function describeMatch({ service, host, path, place }: Match, entry: "http" | "https"): string {
  const { REDIRECT_TO_HTTPS: redirects } = service.labels;
  if (entry === "https" && passesThrough(service)) {
    return `its vhost ${
      quoted(host)
    } matches the server name, and its tasks get the connection still encrypted`;
  }
  const what = `its vhost ${quoted(host)}${path === "/" ? "" : ` with the path ${quoted(path)}`} matches`;
  const how = redirects && entry === "http" ? "; the answer is a redirect to HTTPS" : "";
  return `${what}, and no rule that matches comes before it (weight ${place})${how}`;
}

/**
 * The rank of a service's first rule in a frontend. HAProxy evaluates all of `http-request`, then all of `redirect`,
 * then all of `use_backend`, whatever their order in the file (configuration manual, "http-request"). It warns of rules
 * that stand behind what it evaluates later. Their order in the file is that of the reference, by weight.
 */
function kindOf({ service: { labels } }: Match, entry: "http" | "https"): 0 | 1 | 2 {
  if (labels.REDIRECT_TO_HTTPS && entry === "http") return 1;
  return labels.AUTH && !labels.AUTH_EVERYWHERE ? 0 : 2;
}

function overtakes(match: Match, first: Match, entry: "http" | "https"): boolean {
  return kindOf(match, entry) < kindOf(first, entry);
}

const kinds = ["its login", "its redirect"] as const;

function byKind(match: Match, entry: "http" | "https"): string {
  const kind = kinds[kindOf(match, entry) as 0 | 1];
  return `${kind} comes first: HAProxy evaluates http-request, redirect and use_backend in this order, wherever they stand`;
}

function overtaken(first: Match, others: readonly Match[], entry: "http" | "https"): string {
  const [other] = others.filter((match) => overtakes(match, first, entry))
    .sort((a, b) => kindOf(a, entry) - kindOf(b, entry));
  if (!other) return "";
  const { appId, index } = other.service;
  return `; of ${appId}: service ${index}, which matches too, ${byKind(other, entry)}`;
}

function whyBehind(first: Match, later: Match): string {
  const owner = `${first.service.appId}: service ${first.service.index}`;
  if (first.place !== later.place) {
    return `it comes behind ${owner}: its weight is ${later.place}, that of the other is ${first.place}`;
  }
  return `it comes behind ${owner}: both have the weight ${later.place}, and the other comes first by app id and port`;
}

function answering(service: Service, rule: readonly string[], why: string): AnsweringBackend {
  return {
    app: service.appId,
    index: service.index,
    backend: backendName(service),
    rule,
    why,
    servers: service.backends.filter(({ draining }) => !draining).map((backend) => ({
      name: serverName(backend),
      address: backend.ip,
      port: backend.port,
    })),
  };
}

function explainPort(
  asked: Pick<UrlExplanation, "url" | "scheme" | "host" | "port" | "path">,
  services: readonly Service[],
  world: World,
): UrlExplanation {
  const lines = frontendLines(world.configuration, services);
  const [first, ...others] = services.map((service) => {
    const rule = rulesIn(service, lines, world).find(({ kind }) => kind === "port");
    const at = service.labels.BIND_ADDR?.join(", ") ?? "*";
    return { service, rule, at };
  });
  return {
    ...asked,
    ...first!.rule ? { frontend: first!.rule.frontend } : {},
    matched: answering(
      first!.service,
      first!.rule?.lines ?? [],
      `port ${asked.port} at ${first!.at} is the service port of this service, whatever the host and path`,
    ),
    also: others.map(({ service, rule, at }) => ({
      app: service.appId,
      index: service.index,
      rule: rule?.lines ?? [],
      why: `it listens on the same port at ${at}: the address of the connection decides`,
    })),
    reasons: [],
  };
}

function nothingListens(port: number, { render, services }: World): Reason {
  const { httpBind, httpsBind, appidBind } = render.head;
  const own = [...render.bindHttpHttps ? [httpBind, httpsBind] : [], appidBind].map((address) =>
    parseBindAddress(address)?.port
  );
  const near = services.filter((one) => one.frontend !== false).map((one) => String(one.port));
  const [nearest] = nearestTexts(String(port), [...own.map(String), ...near]);
  const said = `no frontend listens on port ${port}`;
  return noMatch(
    "url-without-listener",
    nearest === undefined ? said : `${said}; the nearest port is ${nearest}`,
  );
}

function portClosed({ appId, index, port, labels }: Service, { model }: World): Reason {
  const label = `HAPROXY_${index}_EXPOSE_PORT`;
  const why = labels.EXPOSE_PORT === undefined
    ? `--service-ports ${model.servicePorts} closes it`
    : `the label ${label} closes it`;
  const said = `no frontend listens on port ${port}, the service port of ${appId}: service ${index}: ${why}`;
  return noMatch("url-without-listener", said, `Use a vhost of the service, or set ${label} to true.`);
}

function unmatched(host: string, path: string, { services, render }: World): Reason {
  const vhosts = services.filter(({ labels }) => (labels.VHOST ?? []).some((one) => vhostMatches(one, host)));
  if (vhosts.length > 0) {
    const paths = vhosts.map(({ appId, labels }) => `${labels.PATH} (${appId})`).join(", ");
    return noMatch(
      "url-without-path",
      `no service of ${host} has the path ${path}; those that it has: ${paths}`,
    );
  }
  const known = new Set(services.flatMap(({ labels }) => labels.VHOST ?? []));
  const nearest = nearestTexts(host, [...known]);
  const near = nearest.length > 0 ? `; the nearest are ${nearest.join(", ")}` : "";
  const mapped = services.some((service) => isMapped(service, render.haproxyMap))
    ? ", and none is in the map"
    : "";
  return noMatch("url-without-vhost", `no service has the vhost ${host}${mapped}${near}`);
}

function noMatch(code: Parameters<typeof problemOf>[0], said: string, hint?: string): Reason {
  const problem = problemOf(code, { app: "" }, said, hint);
  return { code, message: said, hint: hintOf(problem) };
}
