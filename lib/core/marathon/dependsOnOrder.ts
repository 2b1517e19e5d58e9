import type { App } from "./App.ts";

/**
 * Whether what an app comes to may depend on where it stands in Marathon's list: which side of a deployment group is the
 * first, and which of two apps keeps a service port that both would be assigned.
 */
export function dependsOnOrder(
  { labels, networkingMode, portMappings, portDefinitions, ports }: App,
): boolean {
  if (labels.HAPROXY_DEPLOYMENT_GROUP !== undefined) return true;
  return networkingMode === "container" && (portDefinitions ?? ports).length === 0 &&
    portMappings.every(({ servicePort }) => servicePort === undefined);
}
