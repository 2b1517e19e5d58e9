import type { Service } from "./Service.ts";

/** Whether a service belongs to one of the groups that this load balancer serves; `*` is every service. */
export function inGroups(service: Service, groups: readonly string[]): boolean {
  return groups.includes("*") || service.groups.some((group) => groups.includes(group));
}
