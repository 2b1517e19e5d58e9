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
  readonly weight: number;
  readonly http: string;
  readonly https: string;
  /** The part of `https` that one host needs, for frontends of their own. */
  readonly httpsByHost: ReadonlyMap<string, string>;
  /** With maps: the one look-up rule of a frontend that stands in for rules of this service. */
  readonly httpMapRule?: string;
  readonly httpsMapRule?: string;
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
  const values = {
    cleanedUpHostname: names.vhostAcl,
    appId: service.appId,
    path: path ?? "",
    realm: auth?.realm ?? "",
    backend: names.backend,
    bindAddr: BIND_ADDR ?? "*",
    haproxy_dir: context.haproxyDir,
  };
  const render = (name: VhostRules["eachHost"][number] | undefined, hostname: string) =>
    name === undefined
      ? ""
      : context.templates.render(name, { ...values, hostname, hostMatch: hostMatch(hostname) }, service);
  const forHost = (rules: VhostRules, host: string) =>
    rules.eachHost.map((name) => render(name, host)).join("");
  const whole = (rules: VhostRules) =>
    render(rules.first, first) + hosts.map((host) => forHost(rules, host)).join("") +
    render(rules.last, first);

  const lookup = (name: Parameters<typeof lookupTemplate>[0]) => render(lookupTemplate(name, service), first);

  const https = httpsRules[form];
  return {
    hosts,
    weight: service.labels.BACKEND_WEIGHT || (path ? 1 : 0) + (wild ? wildWeight : 0),
    http: redirects ? whole(redirectRules[form]) : mapped ? "" : whole(httpRules[form]),
    https: mapped ? "" : whole(https),
    httpsByHost: new Map(
      hosts.map((host) => [host, mapped ? "" : render(https.first, first) + forHost(https, host)]),
    ),
    httpMapRule: mapped && !redirects
      ? lookup(hosts.length > 1 ? "MAP_HTTP_FRONTEND_ACL_ONLY" : "MAP_HTTP_FRONTEND_ACL")
      : undefined,
    httpsMapRule: mapped ? lookup("MAP_HTTPS_FRONTEND_ACL") : undefined,
  };
}
