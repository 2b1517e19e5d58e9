import type { Service } from "../model/Service.ts";
import { Moderniser } from "./Moderniser.ts";
import type { ServiceNames } from "./nameServices.ts";
import { renderAppIdRule } from "./renderAppIdRule.ts";
import { renderBackend } from "./renderBackend.ts";
import type { RenderContext } from "./RenderContext.ts";
import { type Lookup, type RenderedVhosts, renderVhostRules } from "./renderVhostRules.ts";

/** Everything that one service adds to the configuration; nothing in it depends on another service. */
export interface RenderedService {
  readonly service: Service;
  readonly names: ServiceNames;
  readonly userlist: string;
  readonly vhosts?: RenderedVhosts;
  readonly appIdRule: string;
  readonly frontend: string;
  readonly backend: string;
  /** What its owner should know, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Renders one service.
 *
 * @throws {RangeError} when a template in its labels cannot be rendered
 */
export function renderService(
  service: Service,
  names: ServiceNames,
  context: RenderContext,
): RenderedService {
  const { templates } = context;
  const { labels, mode } = service;
  const { backend } = names;
  const userlist = labels.AUTH
    ? templates.render(
      "USERLIST_HEAD",
      { backend, user: labels.AUTH.user, passwd: labels.AUTH.password },
      service,
    )
    : "";
  const head = templates.render("FRONTEND_HEAD", {
    frontend: backend + context.frontendSuffix,
    backend,
    bindAddr: labels.BIND_ADDR ?? "*",
    servicePort: service.port,
    mode,
    sslCert: labels.SSL_CERT ? ` ssl crt ${labels.SSL_CERT}` : "",
    bindOptions: labels.BIND_OPTIONS ? ` ${labels.BIND_OPTIONS}` : "",
  }, service);
  const modern = new Moderniser(service);
  const vhosts = context.bindHttpHttps ? renderVhostRules(service, names, context) : undefined;
  return {
    service,
    names,
    userlist: modern.bring(userlist),
    vhosts: vhosts && modernVhosts(vhosts, modern),
    appIdRule: mode === "http" ? modern.bring(renderAppIdRule(service, names, context)) : "",
    frontend: modern.bring(head + templates.render("FRONTEND_BACKEND_GLUE", { backend }, service)),
    backend: modern.bring(renderBackend(service, names, context)),
    warnings: modern.warnings,
  };
}

function modernVhosts(vhosts: RenderedVhosts, modern: Moderniser): RenderedVhosts {
  const { http, https, httpsByHost, httpLookup, httpsLookup } = vhosts;
  const modernLookup = ({ last, followed }: Lookup): Lookup => ({
    last: modern.bring(last),
    followed: modern.bring(followed),
  });
  return {
    ...vhosts,
    http: modern.bring(http),
    https: modern.bring(https),
    httpsByHost: new Map([...httpsByHost].map(([host, rules]) => [host, modern.bring(rules)])),
    httpLookup: httpLookup && modernLookup(httpLookup),
    httpsLookup: httpsLookup && modernLookup(httpsLookup),
  };
}
