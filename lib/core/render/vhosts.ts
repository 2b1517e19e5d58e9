import { hostMatch, hostPattern, isMapped, isWildcard, passesThrough, ruleWeight } from "../model/routes.ts";
import type { Service } from "../model/service.ts";
import type { TemplateName } from "../templates/templateTable.ts";
import type { RenderContext } from "./context.ts";
import { bindAddressText, type ServiceNames } from "./names.ts";

/** The part of a service with vhosts in the HTTP and HTTPS frontends. */
export interface RenderedVhosts {
  readonly hosts: readonly string[];
  /** Whether one of them is a wildcard. */
  readonly wild: boolean;
  readonly weight: number;
  readonly http: string;
  readonly https: string;
  /** The part of `https` that one host needs, for frontends of their own. */
  readonly httpsByHost: ReadonlyMap<string, string>;
  /** With maps: the one look-up of a frontend that replaces rules of this service. */
  readonly httpLookup?: Lookup;
  readonly httpsLookup?: Lookup;
}

/** The rule that looks a vhost up in the map. */
export interface Lookup {
  /** If no rules of wildcards follow it. */
  readonly last: string;
  /**
   * If such rules follow it. It has a condition, as HAProxy would otherwise skip them for a host that is not in the
   * map.
   */
  readonly followed: string;
}

/** Renders the vhost rules of a service; undefined if it has no vhost. */
export function renderVhostRules(
  service: Service,
  names: ServiceNames,
  context: RenderContext,
): RenderedVhosts | undefined {
  const { VHOST: hosts = [], PATH: path, REDIRECT_TO_HTTPS: redirects, AUTH_EVERYWHERE } = service.labels;
  // If the backend requires the login, a second check here would only cost time.
  const auth = AUTH_EVERYWHERE ? undefined : service.labels.AUTH;
  const [first] = hosts;
  if (first === undefined) return undefined;

  const form: VhostForm = `${hosts.length > 1 ? "multi" : "single"}${path ? " path" : ""}${
    auth ? " auth" : ""
  }`;
  const wild = hosts.some(isWildcard);
  const mapped = isMapped(service, context.haproxyMap);
  // A frontend of one vhost must not lead to other vhosts, which may have bind options that keep clients out.
  const httpsMapped = mapped && !context.groupHttpsByVhost;
  const values = {
    cleanedUpHostname: names.vhostAcl,
    appId: service.appId,
    path: path ?? "",
    realm: auth?.realm ?? "",
    backend: names.backend,
    bindAddr: bindAddressText(service),
    haproxy_dir: context.haproxyDir,
  };
  const valuesFor = (hostname: string) => ({ ...values, hostname, hostMatch: hostMatch(hostname) });
  const render = (name: VhostRules["eachHost"][number] | undefined, hostname: string) =>
    name === undefined ? "" : context.templates.render(name, valuesFor(hostname), service);
  const forHost = (rules: VhostRules, host: string) =>
    rules.eachHost.map((name) => render(name, host)).join("");
  const whole = (rules: VhostRules) =>
    render(rules.first, first) + hosts.map((host) => forHost(rules, host)).join("") +
    render(rules.last, first);

  const lookup = (name: Parameters<typeof lookupTemplate>[0]): Lookup => {
    const template = lookupTemplate(name, service);
    const render = (ifFound: string) =>
      context.templates.render(template, { ...valuesFor(first), ifFound }, service);
    const found = `req.hdr(host),host_only,lower,map(${context.haproxyDir}/domain2backend.map) -m found`;
    return { last: render(""), followed: render(` if { ${found} }`) };
  };

  if (passesThrough(service)) {
    // Its backend has mode tcp, and gets connections by their server name.
    const http = redirects ? whole(redirectHosts) : "";
    return { hosts, wild, weight: ruleWeight(service), http, https: "", httpsByHost: new Map() };
  }
  const https = httpsRules[form];
  return {
    hosts,
    wild,
    weight: ruleWeight(service),
    http: redirects ? whole(redirectRules[form]) : mapped ? "" : whole(httpRules[form]),
    https: httpsMapped ? "" : whole(https),
    httpsByHost: new Map(
      hosts.map((host) => [host, httpsMapped ? "" : render(https.first, first) + forHost(https, host)]),
    ),
    httpLookup: mapped && !redirects
      ? lookup(hosts.length > 1 ? "MAP_HTTP_FRONTEND_ACL_ONLY" : "MAP_HTTP_FRONTEND_ACL")
      : undefined,
    httpsLookup: httpsMapped ? lookup("MAP_HTTPS_FRONTEND_ACL") : undefined,
  };
}

/** The templates of one service in a vhost frontend, in their order. */
export interface VhostRules {
  /** Once, before the hosts. */
  readonly first?: TemplateName;
  /** Once for each host. */
  readonly eachHost: readonly TemplateName[];
  /** Once, behind the hosts. */
  readonly last?: TemplateName;
}

/** The properties that decide which templates a service with a vhost gets. */
export type VhostForm = `${"single" | "multi"}${"" | " path"}${"" | " auth"}`;

/** Rules in the HTTP frontend. */
export const httpRules: Readonly<Record<VhostForm, VhostRules>> = {
  "single": { eachHost: ["HTTP_FRONTEND_ACL"] },
  "single auth": { eachHost: ["HTTP_FRONTEND_ACL_WITH_AUTH"] },
  "single path": { eachHost: ["HTTP_FRONTEND_ACL_WITH_PATH"] },
  "single path auth": { eachHost: ["HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH"] },
  "multi": { eachHost: ["HTTP_FRONTEND_ACL_ONLY"], last: "HTTP_FRONTEND_ROUTING_ONLY" },
  "multi auth": { eachHost: ["HTTP_FRONTEND_ACL_ONLY"], last: "HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH" },
  "multi path": {
    first: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH",
    eachHost: ["HTTP_FRONTEND_ACL_ONLY"],
    last: "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH",
  },
  "multi path auth": {
    first: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH",
    eachHost: ["HTTP_FRONTEND_ACL_ONLY"],
    last: "HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH",
  },
};

const redirect: VhostRules = { eachHost: ["HTTP_FRONTEND_ACL"], last: "BACKEND_REDIRECT_HTTP_TO_HTTPS" };
const redirectPath: VhostRules = {
  eachHost: ["HTTP_FRONTEND_ACL_ONLY", "HTTP_FRONTEND_ACL_ONLY_WITH_PATH"],
  last: "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
};
const redirectHosts: VhostRules = {
  eachHost: ["HTTP_FRONTEND_ACL_ONLY"],
  last: "BACKEND_REDIRECT_HTTP_TO_HTTPS",
};

/** Rules in the HTTP frontend of a service with `REDIRECT_TO_HTTPS`: the redirect precedes the login. */
export const redirectRules: Readonly<Record<VhostForm, VhostRules>> = {
  "single": redirect,
  "single auth": redirect,
  "single path": redirectPath,
  "single path auth": redirectPath,
  "multi": redirectHosts,
  "multi auth": redirectHosts,
  "multi path": {
    ...redirectHosts,
    first: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH",
    last: "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
  },
  "multi path auth": {
    ...redirectHosts,
    first: "HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH",
    last: "BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH",
  },
};

const https: VhostRules = { eachHost: ["HTTPS_FRONTEND_ACL"] };
const httpsAuth: VhostRules = { eachHost: ["HTTPS_FRONTEND_ACL_WITH_AUTH"] };
const httpsPath: VhostRules = {
  first: "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH",
  eachHost: ["HTTPS_FRONTEND_ACL_WITH_PATH"],
};
const httpsPathAuth: VhostRules = {
  first: "HTTPS_FRONTEND_ACL_ONLY_WITH_PATH",
  eachHost: ["HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH"],
};

/** Rules in the HTTPS frontend. */
export const httpsRules: Readonly<Record<VhostForm, VhostRules>> = {
  "single": https,
  "single auth": httpsAuth,
  "single path": httpsPath,
  "single path auth": httpsPathAuth,
  "multi": https,
  "multi auth": httpsAuth,
  "multi path": httpsPath,
  "multi path auth": httpsPathAuth,
};

/**
 * The templates of look-ups in maps, each with the template of a single rule whose label the reference reads for it.
 */
const lookups = {
  MAP_HTTP_FRONTEND_ACL: "HTTP_FRONTEND_ACL",
  MAP_HTTP_FRONTEND_ACL_ONLY: "HTTP_FRONTEND_ACL_ONLY",
  MAP_HTTPS_FRONTEND_ACL: "HTTPS_FRONTEND_ACL",
  MAP_HTTP_FRONTEND_APPID_ACL: "HTTP_FRONTEND_APPID_ACL",
} as const satisfies Partial<Record<TemplateName, TemplateName>>;

/**
 * The template of a service for a look-up in a map. Its label for the single rule counts too, as in the reference,
 * because overrides written for that rely on it.
 */
export function lookupTemplate(lookup: keyof typeof lookups, service: Service): TemplateName {
  const single = lookups[lookup];
  return !service.templates.has(lookup) && service.templates.has(single) ? single : lookup;
}

/** The values about vhosts in the templates of proxypass, revproxy and redir. */
export function hostValues(hosts: readonly string[]) {
  const exact = hosts.filter((host) => !isWildcard(host));
  return {
    // All of them with commas between, as in the reference.
    hostname: hosts.join(","),
    // A wildcard is no host name that a client could request.
    vhost: exact[0] ?? "",
    vhosts: exact.join(" "),
    domains: hosts.filter(isWildcard).map((host) => host.slice(1)).join(" "),
    hostPattern: hosts.map(hostPattern).join("|"),
  };
}
