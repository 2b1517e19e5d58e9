import type { Service } from "../model/Service.ts";
import type { ServiceNames } from "./nameServices.ts";
import { renderAppIdRule } from "./renderAppIdRule.ts";
import { renderBackend } from "./renderBackend.ts";
import type { RenderContext } from "./RenderContext.ts";
import { type RenderedVhosts, renderVhostRules } from "./renderVhostRules.ts";

/** Everything that one service adds to the configuration; nothing in it depends on another service. */
export interface RenderedService {
  readonly service: Service;
  readonly names: ServiceNames;
  readonly userlist: string;
  readonly vhosts?: RenderedVhosts;
  readonly appIdRule: string;
  readonly frontend: string;
  readonly backend: string;
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
    backend,
    bindAddr: labels.BIND_ADDR ?? "*",
    servicePort: service.port,
    mode,
    sslCert: labels.SSL_CERT ? ` ssl crt ${labels.SSL_CERT}` : "",
    bindOptions: labels.BIND_OPTIONS ? ` ${labels.BIND_OPTIONS}` : "",
  }, service);
  return {
    service,
    names,
    userlist,
    vhosts: context.bindHttpHttps ? renderVhostRules(service, names, context) : undefined,
    appIdRule: mode === "http" ? renderAppIdRule(service, names, context) : "",
    frontend: head + templates.render("FRONTEND_BACKEND_GLUE", { backend }, service),
    backend: renderBackend(service, names, context),
  };
}
