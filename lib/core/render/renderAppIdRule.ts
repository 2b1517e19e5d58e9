import type { Service } from "../model/Service.ts";
import { lookupTemplate } from "./lookupTemplate.ts";
import type { ServiceNames } from "./nameServices.ts";
import type { RenderContext } from "./RenderContext.ts";

/** Renders the rule that finds the service by its app id; with maps the look-up that stands in for all of them. */
export function renderAppIdRule(service: Service, names: ServiceNames, context: RenderContext): string {
  const template = context.haproxyMap
    ? lookupTemplate("MAP_HTTP_FRONTEND_APPID_ACL", service)
    : "HTTP_FRONTEND_APPID_ACL";
  return context.templates.render(template, {
    haproxy_dir: context.haproxyDir,
    cleanedUpAppId: names.appAcl,
    hostname: service.labels.VHOST?.join(",") ?? "",
    appId: service.appId,
    backend: names.backend,
  }, service);
}
