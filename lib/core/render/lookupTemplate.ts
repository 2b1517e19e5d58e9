import type { Service } from "../model/Service.ts";
import type { TemplateName } from "../templates/templateTable.ts";

/** The templates of look-ups in maps, and the ones of single rules whose labels the reference reads for them. */
const lookups = {
  MAP_HTTP_FRONTEND_ACL: "HTTP_FRONTEND_ACL",
  MAP_HTTP_FRONTEND_ACL_ONLY: "HTTP_FRONTEND_ACL_ONLY",
  MAP_HTTPS_FRONTEND_ACL: "HTTPS_FRONTEND_ACL",
  MAP_HTTP_FRONTEND_APPID_ACL: "HTTP_FRONTEND_APPID_ACL",
} as const satisfies Partial<Record<TemplateName, TemplateName>>;

/**
 * The template that a service brings for a look-up in a map. Its label for the single rule counts too, as in the
 * reference: overrides written for it rely on that.
 */
export function lookupTemplate(lookup: keyof typeof lookups, service: Service): TemplateName {
  const single = lookups[lookup];
  return !service.templates.has(lookup) && service.templates.has(single) ? single : lookup;
}
