import { compareSpecific, hostMatch, isWildcard, mapWeight, passesThrough } from "../model/routes.ts";
import type { Service } from "../model/service.ts";
import { type Problem, problemOf, serviceProblem } from "../problem.ts";
import { compareText, quoted } from "../text.ts";
import { backendChunks, Bodies } from "./bodies.ts";
import { assembled, type Chunk, type Configuration } from "./configuration.ts";
import { accessLogLines } from "./accessLog.ts";
import type { RenderContext } from "./context.ts";
import { withGuids } from "./guids.ts";
import { cleanName, nameApart, nameServices, type ServiceNames } from "./names.ts";
import { impossible, renderEntrance, sniRoutes, sniRule } from "./passthrough.ts";
import { type RenderedService, type RenderedServices, renderService } from "./service.ts";
import { type RenderedShares, renderShares } from "./shares.ts";
import type { Lookup } from "./vhosts.ts";

/**
 * Renders the whole configuration. The same services give the same bytes, on every instance.
 *
 * @param services in the order of (app id, port), as `buildServices` returns them
 * @param known services that were rendered before are reused; new ones are added
 */
export function renderConfiguration(
  services: readonly Service[],
  context: RenderContext,
  known?: RenderedServices,
): Configuration {
  const { rendered, problems } = renderServices(services, context, known);
  const shares = renderShares(
    context.bindHttpHttps ? rendered.map(({ service }) => service) : [],
    context.haproxyDir,
  );
  const vhosts = orderVhostRules(rendered, shares);
  const appIds = collectAppIds(rendered, context);
  const head = context.templates.render("HEAD", context.head);
  const shared = (name: "HTTP_FRONTEND_HEAD" | "HTTP_FRONTEND_APPID_HEAD"): Chunk => ({
    text: context.templates.render(name, context.head) + accessLogLines("http", context.accessLog),
  });
  const httpFrontend: Frontend = { mode: "http", chunks: [shared("HTTP_FRONTEND_HEAD"), ...vhosts.http] };
  const https = context.bindHttpHttps
    ? renderHttps(rendered, { rules: vhosts.https, global: head, shares }, context)
    : { frontends: [], problems: [] };
  const frontends: Frontend[] = [
    ...(context.bindHttpHttps ? [httpFrontend] : []),
    { mode: "http", chunks: [shared("HTTP_FRONTEND_APPID_HEAD"), ...appIds.chunks] },
    ...https.frontends,
    ...rendered.filter(({ frontend }) => frontend !== "").map(({ service, frontend }): Frontend => ({
      mode: service.mode,
      chunks: [{ text: frontend, service, frontend: true }],
    })),
  ];

  const defaults = new DefaultsSwitch(head);
  const chunks: Chunk[] = [
    { text: head },
    ...rendered.map(({ service, userlist }) => ({ text: userlist, service })),
    ...frontends.flatMap(({ mode, chunks }) => [...defaults.before(mode), ...chunks]),
    ...backendChunks(rendered, new Bodies(head)),
  ].filter((chunk) => chunk.text !== "");

  return assembled({
    // Those of services have their guids.
    chunks: context.head.countersFile === ""
      ? chunks
      : chunks.map((chunk) => chunk.service ? chunk : { ...chunk, text: withGuids(chunk.text) }),
    maps: {
      "domain2backend.map": renderVhostMap(rendered),
      "app2backend.map": appIds.map,
      ...shares.map === "" ? {} : { "share.map": shares.map },
    },
    problems: [...problems, ...appIds.problems, ...https.problems],
  });
}

/**
 * If the templates of a service fail, only that service is left out.
 *
 * @throws {RangeError} when that leaves no service, as then the operator's templates are wrong
 */
function renderServices(services: readonly Service[], context: RenderContext, known?: RenderedServices) {
  const names = nameServices(services);
  const rendered: RenderedService[] = [];
  const problems: Problem[] = [];
  let failure: RangeError | undefined;
  for (const service of services) {
    const { appId: app, index } = service;
    try {
      const one = renderOnce(service, names.get(service)!, context, known);
      rendered.push(one);
      for (const warning of one.warnings) {
        problems.push(serviceProblem("template-replaced", { app, index }, `: ${warning}`));
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (service.templates.size === 0) failure ??= error;
      problems.push(serviceProblem("template-fails", { app, index }, ` is left out: ${error.message}`));
    }
  }
  if (failure && rendered.length === 0) throw failure;
  return { rendered, problems };
}

/** A service with the same names as before is rendered to the same result. */
function renderOnce(
  service: Service,
  names: ServiceNames,
  context: RenderContext,
  known: RenderedServices | undefined,
): RenderedService {
  const earlier = known?.get(service);
  if (earlier && sameNames(earlier.names, names)) return earlier;
  const rendered = renderService(service, names, context);
  known?.set(service, rendered);
  return rendered;
}

function sameNames(a: ServiceNames, b: ServiceNames): boolean {
  return a.backend === b.backend && a.vhostAcl === b.vhostAcl && a.appAcl === b.appAcl;
}

function renderHttps(
  rendered: readonly RenderedService[],
  { rules, global, shares }: { rules: readonly Chunk[]; global: string; shares: RenderedShares },
  context: RenderContext,
): ReturnType<typeof renderGroupedHttps> {
  if (context.groupHttpsByVhost) return renderGroupedHttps(rendered, context, shares);
  const routes = sniRoutes(rendered);
  const beside = routes.length > 0 ? renderEntrance(routes, global, context) : undefined;
  if (beside) {
    const frontends: Frontend[] = [
      { mode: "tcp", chunks: beside.entrance },
      { mode: "http", chunks: [beside.head, ...rules] },
    ];
    return { frontends, problems: [] };
  }
  const sslCerts = context.sslCerts.map((file) => `crt ${file}`).join(" ");
  const head = context.templates.render("HTTPS_FRONTEND_HEAD", { ...context.head, sslCerts });
  const text = head + accessLogLines("http", context.accessLog);
  return { frontends: [{ mode: "http", chunks: [{ text }, ...rules] }], problems: impossible(routes) };
}

/** The content of a section: everything up to the next line that starts in the first column. */
const defaultsSection = /^defaults[ \t]*\n(?:(?:[ \t#].*)?\n)*/gm;
const httpOnly = /^[ \t]+option[ \t]+idle-close-on-response[ \t]*\n/m;

/**
 * Repeats the `defaults` of `HEAD` where frontends change their mode. With `option idle-close-on-response` there,
 * HAProxy warns about each TCP frontend at every start and reload. Without it, reloads reset keep-alive connections of
 * HTTP frontends (configuration manual, section 4.2).
 */
export class DefaultsSwitch {
  readonly #texts: Readonly<Record<"http" | "tcp", string>> | undefined;
  #mode: "http" | "tcp" = "http";

  /** @param head the rendered `HEAD`; without that option in its last `defaults` nothing is ever repeated */
  constructor(head: string) {
    const http = head.match(defaultsSection)?.at(-1);
    if (http !== undefined && httpOnly.test(http)) {
      this.#texts = { http: `\n${http.trimEnd()}\n`, tcp: `\n${http.replace(httpOnly, "").trimEnd()}\n` };
    }
  }

  /** The text that a frontend of this mode needs before it. */
  before(mode: "http" | "tcp"): Chunk[] {
    if (!this.#texts || mode === this.#mode) return [];
    this.#mode = mode;
    return [{ text: this.#texts[mode], repeats: true }];
  }
}

/**
 * The rules of the app-id frontend and their map: one entry for each app, its first service in mode http. HAProxy
 * ignores the case of ids. Of two ids that differ in case only, the one in lower case gets the requests. Marathon's ids
 * are always in lower case, but the name of a deployment group may not be.
 */
export function collectAppIds(
  rendered: readonly RenderedService[],
  { haproxyMap }: RenderContext,
): { chunks: Chunk[]; map: string; problems: Problem[] } {
  const first = new Map<string, RenderedService>();
  const outdone = new Map<string, RenderedService>();
  for (const one of rendered) {
    if (one.service.mode !== "http") continue;
    const { appId } = one.service;
    const asked = appId.toLowerCase();
    const other = first.get(asked);
    if (!other) first.set(asked, one);
    else if (other.service.appId !== appId) {
      if (appId === asked) first.set(asked, one);
      const loser = appId === asked ? other : one;
      outdone.set(loser.service.appId, loser);
    }
  }
  const problems = [...outdone].map(([app, { service: { index } }]): Problem => {
    const owner = first.get(app.toLowerCase())!.service.appId;
    const message =
      `${app}: requests with its id go to ${owner}, which differs in case only; give it another id`;
    return problemOf("app-id-taken", { app, index }, message);
  });
  const entries = [...first];
  const chunks = entries.map(([, { appIdRule, service }]) => ({ text: appIdRule, service }));
  if (!haproxyMap) return { chunks, map: "", problems };
  // One look-up serves all apps; it comes from the first one.
  const map = entries.map(([asked, { names }]) => `${asked} ${names.backend}\n`).join("");
  return { chunks: chunks.slice(0, 1), map, problems };
}

type Scheme = "http" | "https";

interface Entry {
  readonly service: Service;
  readonly weight: number;
  readonly wild: boolean;
  readonly rules: Readonly<Record<Scheme, string>>;
  /** Only in the entry that has the look-up. */
  readonly lookups: Readonly<Record<Scheme, Lookup | undefined>>;
}

/**
 * Sorts the vhost rules of all services by weight, highest first; services of one weight keep their order. The first
 * service that is looked up in a map brings the one rule for all of them.
 *
 * @param shares where services share requests: the rules that choose a side come first
 */
export function orderVhostRules(
  rendered: readonly RenderedService[],
  shares?: RenderedShares,
): Record<Scheme, Chunk[]> {
  const bringsHttp = rendered.find(({ vhosts }) => vhosts?.httpLookup);
  const bringsHttps = rendered.find(({ vhosts }) => vhosts?.httpsLookup);
  const entries = rendered.flatMap((one): Entry[] => {
    const { service, vhosts } = one;
    if (!vhosts) return [];
    const lookups = {
      http: one === bringsHttp ? vhosts.httpLookup : undefined,
      https: one === bringsHttps ? vhosts.httpsLookup : undefined,
    };
    const { http, https, wild } = vhosts;
    const weight = lookups.http || lookups.https ? mapWeight : vhosts.weight;
    return [{ service, weight, wild, rules: { http, https }, lookups }];
  });
  entries.sort((a, b) => b.weight - a.weight);
  return { http: rulesOf("http", entries, shares), https: rulesOf("https", entries, shares) };
}

function rulesOf(scheme: Scheme, entries: readonly Entry[], shares: RenderedShares | undefined): Chunk[] {
  const lastWild = entries.findLastIndex(({ wild }) => wild);
  const chunks = entries.map(({ service, rules, lookups }, index) => {
    const lookup = lookups[scheme]?.[index < lastWild ? "followed" : "last"] ?? "";
    return { service, text: rules[scheme] + lookup };
  });
  return shares ? withShares(chunks, shares, scheme) : chunks;
}

/** Rules of services with those of shares among them. No service is at fault for these: they are of several. */
function withShares(
  chunks: readonly Chunk[],
  shares: RenderedShares,
  scheme: Scheme,
  host?: string,
): Chunk[] {
  if (shares.map === "") return [...chunks];
  return [
    { text: shares.choice(scheme, host) },
    ...chunks.flatMap((chunk) => [{ text: shares.routing(scheme, chunk.service!, host) }, chunk]),
  ];
}

/** `domain2backend.map`: one line for each host that is looked up there, no line twice. */
export function renderVhostMap(rendered: readonly RenderedService[]): string {
  const lines = new Set<string>();
  for (const { vhosts, names } of rendered) {
    if (!vhosts?.httpLookup && !vhosts?.httpsLookup) continue;
    for (const host of vhosts.hosts) lines.add(`${host} ${names.backend}\n`);
  }
  return [...lines].join("");
}

/** One or more frontends of one mode, in their order. */
export interface Frontend {
  readonly mode: "tcp" | "http";
  readonly chunks: readonly Chunk[];
}

/** The sections of the global templates, which a vhost named `stats` must not repeat. */
const sharedSections = ["stats", "marathon_http_in", "marathon_http_appid_in", "marathon_https_in"];

interface Group {
  readonly rules: { weight: number; chunk: Chunk }[];
  readonly certificates: Set<string>;
  readonly bindOptions: Set<string>;
}

/**
 * Port 443 with `--group-https-by-vhost`. A TCP frontend reads the server name and hands each vhost to a TLS frontend
 * of its own, over an abstract socket. So each vhost has its own certificates and bind options.
 */
export function renderGroupedHttps(
  rendered: readonly RenderedService[],
  context: RenderContext,
  shares?: RenderedShares,
): { frontends: Frontend[]; problems: Problem[] } {
  const { templates } = context;
  const { byHost, problems } = groupByHost(rendered);
  const groups = [...byHost].sort(([a], [b]) =>
    // A wildcard would match the hosts that follow it.
    Number(isWildcard(a)) - Number(isWildcard(b)) || compareText(a, b)
  );
  const entrance: Chunk[] = [{ text: templates.render("HTTPS_GROUPED_FRONTEND_HEAD", context.head) }];
  const names = nameHosts(groups.map(([host]) => host), rendered);
  const rules = groups.map(([host]) => {
    const values = { backend: names.get(host)!, host, hostMatch: hostMatch(host) };
    return { host, chunk: { text: templates.render("HTTPS_GROUPED_VHOST_FRONTEND_ACL", values) } };
  });
  entrance.push(...withPassed(rules, rendered, context));
  const suffix = context.frontendSuffix;
  const vhosts: Chunk[] = [];
  for (const [host, group] of groups) {
    const name = names.get(host)!;
    const certificates = group.certificates.size > 0 ? group.certificates : context.sslCerts;
    const bindOpts = [...group.bindOptions].map((options) => `  ${options}`).join("");
    const values = {
      frontend: name + suffix,
      name,
      sslCerts: [...certificates].map((file) => `crt ${file}`).join(" "),
      alpn: /\balpn\b/.test(bindOpts) ? "" : " alpn h2,http/1.1",
      bindOpts,
    };
    const rules = group.rules.sort((a, b) => b.weight - a.weight).map((rule) => rule.chunk);
    vhosts.push(
      { text: templates.render("HTTPS_GROUPED_VHOST_BACKEND_HEAD", { name }) },
      {
        text: nameApart(templates.render("HTTPS_GROUPED_VHOST_FRONTEND_HEAD", values), name, suffix) +
          accessLogLines("http", context.accessLog),
      },
      ...shares ? withShares(rules, shares, "https", host) : rules,
    );
  }
  return { frontends: [{ mode: "tcp", chunks: entrance }, { mode: "http", chunks: vhosts }], problems };
}

/** The rules of server names, including services with TLS passthrough: the most specific host counts. */
function withPassed(
  rules: readonly { readonly host: string; readonly chunk: Chunk }[],
  rendered: readonly RenderedService[],
  context: RenderContext,
): Chunk[] {
  const passed = sniRoutes(rendered).flatMap(({ host, service }) =>
    service ? [{ host, chunk: sniRule({ host, service }, service.names.backend, context) }] : []
  );
  if (passed.length === 0) return rules.map(({ chunk }) => chunk);
  const hosts = new Set(passed.map(({ host }) => host));
  const all = [...passed, ...rules.filter(({ host }) => !hosts.has(host))];
  return all.sort((a, b) => compareSpecific(a.host, b.host)).map(({ chunk }) => chunk);
}

/** A distinct name for each host, as HAProxy refuses two sections of one name, such as `a.b` and `a_b` would make. */
function nameHosts(hosts: readonly string[], rendered: readonly RenderedService[]): Map<string, string> {
  const taken = new Set([...sharedSections, ...rendered.map(({ names }) => names.backend)]);
  return new Map(hosts.map((host) => {
    let name = cleanName(host);
    while (taken.has(name)) name += "_";
    taken.add(name);
    return [host, name];
  }));
}

/**
 * If apps serve the root of a vhost, only they decide how it speaks TLS. Otherwise an app with one path below it would
 * decide for all others.
 */
function groupByHost(
  rendered: readonly RenderedService[],
): { byHost: Map<string, Group>; problems: Problem[] } {
  const terminating = rendered.filter(({ service }) => !passesThrough(service));
  const atRoot = new Map<string, Set<string>>();
  for (const { service: { appId, labels }, vhosts } of terminating) {
    if (labels.PATH && !labels.PATH.split(/\s+/).includes("/")) continue;
    for (const host of vhosts?.hosts ?? []) atRoot.set(host, (atRoot.get(host) ?? new Set()).add(appId));
  }
  const byHost = new Map<string, Group>();
  const problems: Problem[] = [];
  for (const { service, vhosts } of terminating) {
    const { appId: app, index, labels: { SSL_CERT, BIND_OPTIONS } } = service;
    for (const host of vhosts?.hosts ?? []) {
      const group = byHost.get(host) ?? { rules: [], certificates: new Set(), bindOptions: new Set() };
      byHost.set(host, group);
      group.rules.push({ weight: vhosts!.weight, chunk: { text: vhosts!.httpsByHost.get(host)!, service } });
      const owners = atRoot.get(host);
      if (!owners || owners.has(app)) {
        if (SSL_CERT) group.certificates.add(SSL_CERT);
        if (BIND_OPTIONS) group.bindOptions.add(BIND_OPTIONS);
      } else if (SSL_CERT || BIND_OPTIONS) {
        const said = `: HAPROXY_${index}_SSL_CERT and HAPROXY_${index}_BIND_OPTIONS ` +
          `do not count for the vhost ${quoted(host)}: ${[...owners].join(", ")} serves its root`;
        problems.push(serviceProblem("tls-ignored", { app, index }, said));
      }
    }
  }
  return { byHost, problems };
}
