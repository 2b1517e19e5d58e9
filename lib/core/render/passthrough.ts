import { compareSpecific, hostMatch, passesThrough, wildcardsOver } from "../model/routes.ts";
import { type Problem, serviceProblem } from "../problem.ts";
import type { Chunk } from "./configuration.ts";
import { accessLogLines } from "./accessLog.ts";
import type { RenderContext } from "./context.ts";
import type { RenderedService } from "./service.ts";

/** The target of connections for a server name: a service, still encrypted, or the frontend that decrypts. */
export interface SniRoute {
  readonly host: string;
  /** Undefined for a vhost that HAProxy decrypts, beside a wildcard that would match it. */
  readonly service?: RenderedService;
}

/**
 * The server names that decide at the HTTPS port, the most specific first. Empty if no service has TLS passthrough. If
 * two services pass one name through, the first gets it.
 */
export function sniRoutes(rendered: readonly RenderedService[]): SniRoute[] {
  const passing = rendered.filter(({ service }) => passesThrough(service));
  if (passing.length === 0) return [];
  const routes = new Map<string, SniRoute>();
  for (const service of passing) {
    for (const host of service.vhosts?.hosts ?? []) {
      if (!routes.has(host)) routes.set(host, { host, service });
    }
  }
  const passed = new Set(routes.keys());
  for (const { service, vhosts } of rendered) {
    if (passesThrough(service)) continue;
    for (const host of vhosts?.hosts ?? []) {
      if (!routes.has(host) && wildcardsOver(host).some((wildcard) => passed.has(wildcard))) {
        routes.set(host, { host });
      }
    }
  }
  return [...routes.values()].sort((a, b) => compareSpecific(a.host, b.host));
}

/** The rule that sends the connections for a server name to a backend. */
export function sniRule({ host, service }: SniRoute, backend: string, { templates }: RenderContext): Chunk {
  const text = templates.render("HTTPS_PASSTHROUGH_FRONTEND_ACL", {
    backend,
    host,
    hostMatch: hostMatch(host),
  });
  return service ? { text, service: service.service } : { text };
}

/**
 * Whether TLS can be passed through: not where the operator's template of the HTTPS frontend has its own bind, or
 * cannot be rendered.
 */
export function canPassThrough(
  { templates, groupHttpsByVhost }: Pick<RenderContext, "templates" | "groupHttpsByVhost">,
  head: Omit<RenderContext["head"], "maxconn" | "strictLimits">,
): boolean {
  if (groupHttpsByVhost) return true;
  const httpsBind = "unix@/https";
  try {
    return templates.render("HTTPS_FRONTEND_HEAD", { ...head, httpsBind, sslCerts: "" }).includes(httpsBind);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The backend that leads to the decrypting frontend. */
const terminated = "marathon_https_terminated";

/** The HTTPS port with some services that pass TLS through. */
export interface Entrance {
  /** The frontend at the port, in mode tcp, and the backend that leads to the other one. */
  readonly entrance: readonly Chunk[];
  /** The head of the decrypting frontend. */
  readonly head: Chunk;
}

/**
 * The frontend at the HTTPS port that reads server names, before the one that decrypts. The latter listens on a socket
 * in `--run-dir` that only HAProxy's own user may open, because it learns the client's address by the PROXY protocol.
 *
 * @param global the rendered `HEAD`, which may name another user
 * @returns undefined if the operator's template of the frontend has its own bind, which cannot be moved
 */
export function renderEntrance(
  routes: readonly SniRoute[],
  global: string,
  context: RenderContext,
): Entrance | undefined {
  const { templates, head } = context;
  const socket = `unix@${head.runDir}/https`;
  const [, user] = /^\s+user\s+([\w-]+)\s*$/m.exec(global) ?? [];
  const httpsBind = `${socket} mode 600${user === undefined ? "" : ` user ${user}`} accept-proxy`;
  const sslCerts = context.sslCerts.map((file) => `crt ${file}`).join(" ");
  const text = templates.render("HTTPS_FRONTEND_HEAD", { ...head, httpsBind, sslCerts });
  if (!text.includes(socket)) return undefined;
  return {
    entrance: [
      {
        text: templates.render("HTTPS_PASSTHROUGH_FRONTEND_HEAD", head) +
          accessLogLines("tcp", context.accessLog),
      },
      ...routes.map((route) => sniRule(route, route.service?.names.backend ?? terminated, context)),
      { text: templates.render("HTTPS_PASSTHROUGH_OTHERS", { backend: terminated, socket }) },
    ],
    head: { text: text + accessLogLines("http", context.accessLog) + misdirected(routes, context) },
  };
}

/**
 * Clients may use one connection for all names of its certificate, and ask here for hosts that are passed through. The
 * status 421 makes them open another connection for those (RFC 9110, section 15.5.20).
 */
function misdirected(routes: readonly SniRoute[], { templates }: RenderContext): string {
  const own = routes.filter(({ service }) => !service).map(({ host }) => host);
  const passed = routes.filter(({ service }) => service);
  return templates.render("HTTPS_PASSTHROUGH_MISDIRECTED", {
    terminated: own.map(hostMatch),
    passed: passed.map(({ host }) =>
      `{ req.hdr(host),host_only ${hostMatch(host)} }` +
      (own.some((one) => wildcardsOver(one).includes(host)) ? " !sni_terminated" : "")
    ),
  });
}

/** Notes for owners if {@link renderEntrance} is impossible. */
export function impossible(routes: readonly SniRoute[]): Problem[] {
  const services = new Set(routes.flatMap(({ service }) => service?.service ?? []));
  return [...services].map(({ appId: app, index }) =>
    serviceProblem(
      "passthrough-impossible",
      { app, index },
      `: its TLS is not passed through: the template HAPROXY_HTTPS_FRONTEND_HEAD binds a port of its own`,
    )
  );
}
