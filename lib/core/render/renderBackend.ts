import type { Service } from "../model/Service.ts";
import { hostValues } from "./hostValues.ts";
import type { ServiceNames } from "./nameServices.ts";
import type { RenderContext } from "./RenderContext.ts";
import { renderServers } from "./renderServers.ts";
import { revproxyValues } from "./revproxyValues.ts";

/** Renders the backend of a service. */
export function renderBackend(service: Service, names: ServiceNames, context: RenderContext): string {
  const { labels, mode } = service;
  const { templates } = context;
  const parts = [
    templates.render("BACKEND_HEAD", {
      backend: names.backend,
      balance: labels.BALANCE ?? "roundrobin",
      mode,
    }, service),
  ];
  if (mode === "http") parts.push(renderHttpOptions(service, context));

  const networks = labels.BACKEND_NETWORK_ALLOWED_ACL ?? [];
  if (networks.length > 0) {
    const protocol = mode === "http" ? "HTTP" : "TCP";
    for (const network of networks) {
      const values = { network_allowed: network };
      parts.push(templates.render(`${protocol}_BACKEND_NETWORK_ALLOWED_ACL`, values, service));
    }
    parts.push(templates.render(`${protocol}_BACKEND_ACL_ALLOW_DENY`, {}));
  }
  if (labels.STICKY) parts.push(templates.render("BACKEND_STICKY_OPTIONS", {}, service));
  parts.push(renderServers(service, context));
  return parts.join("");
}

function renderHttpOptions(service: Service, { templates }: RenderContext): string {
  const { labels } = service;
  const hosts = hostValues(labels.VHOST ?? []);
  const parts: string[] = [];
  if (labels.USE_HSTS) parts.push(templates.render("BACKEND_HSTS_OPTIONS", {}, service));
  parts.push(templates.render("BACKEND_HTTP_OPTIONS", {}, service));
  if (labels.HTTP_BACKEND_PROXYPASS_PATH) {
    const values = { ...hosts, proxypath: labels.HTTP_BACKEND_PROXYPASS_PATH };
    parts.push(templates.render("HTTP_BACKEND_PROXYPASS_GLUE", values, service));
  }
  if (labels.HTTP_BACKEND_REVPROXY_PATH) {
    const values = { ...hosts, ...revproxyValues(labels.HTTP_BACKEND_REVPROXY_PATH, hosts.hostname !== "") };
    parts.push(templates.render("HTTP_BACKEND_REVPROXY_GLUE", values, service));
  }
  if (labels.HTTP_BACKEND_REDIR) {
    const values = { ...hosts, redirpath: labels.HTTP_BACKEND_REDIR };
    parts.push(templates.render("HTTP_BACKEND_REDIR", values, service));
  }
  return parts.join("");
}
