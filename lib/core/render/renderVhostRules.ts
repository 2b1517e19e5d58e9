import type { Service } from "../model/Service.ts";
import { hostMatch, isWildcard } from "./hostMatch.ts";
import { lookupTemplate } from "./lookupTemplate.ts";
import type { ServiceNames } from "./nameServices.ts";
import { mapWeight } from "./mapWeight.ts";
import type { RenderContext } from "./RenderContext.ts";
import { httpRules, httpsRules, redirectRules, type VhostForm, type VhostRules } from "./vhostRuleTable.ts";

/** Whoever names a host comes before whoever takes all of a domain, look-ups in a map included. */
const wildWeight = mapWeight - 2;

/** What a service with vhosts adds to the HTTP and HTTPS frontends. */
export interface RenderedVhosts {
  readonly hosts: readonly string[];
  /** Whether one of them is a wildcard. */
  readonly wild: boolean;
  readonly weight: number;
  readonly http: string;
  readonly https: string;
  /** The part of `https` that one host needs, for frontends of their own. */
  readonly httpsByHost: ReadonlyMap<string, string>;
  /** With maps: the one look-up of a frontend that stands in for rules of this service. */
  readonly httpLookup?: Lookup;
  readonly httpsLookup?: Lookup;
}

/** The rule that looks a vhost up in the map. */
export interface Lookup {
  /** With no rules of wildcards behind it. */
  readonly last: string;
  /** With such rules: without a condition, HAProxy would try none of them for a host that the map does not know. */
  readonly followed: string;
}

/** Renders the vhost rules of a service; undefined when it has no vhost. */
export function renderVhostRules(
  service: Service,
  names: ServiceNames,
  context: RenderContext,
): RenderedVhosts | undefined {
  const { VHOST: hosts = [], PATH: path, AUTH: auth, REDIRECT_TO_HTTPS: redirects, BIND_ADDR } =
    service.labels;
  const [first] = hosts;
  if (first === undefined) return undefined;

  const form: VhostForm = `${hosts.length > 1 ? "multi" : "single"}${path ? " path" : ""}${
    auth ? " auth" : ""
  }`;
  const wild = hosts.some(isWildcard);
  const mapped = context.haproxyMap && !path && !auth && !wild;
  // A frontend of one vhost must lead to that vhost only: others may have bind options that keep clients out.
  const httpsMapped = mapped && !context.groupHttpsByVhost;
  const values = {
    cleanedUpHostname: names.vhostAcl,
    appId: service.appId,
    path: path ?? "",
    realm: auth?.realm ?? "",
    backend: names.backend,
    bindAddr: BIND_ADDR ?? "*",
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

  const https = httpsRules[form];
  return {
    hosts,
    wild,
    weight: service.labels.BACKEND_WEIGHT || (path ? 1 : 0) + (wild ? wildWeight : 0),
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
