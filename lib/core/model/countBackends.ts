import type { Service } from "./Service.ts";

/** How many tasks these services have together. */
export function countBackends(services: readonly Service[]): number {
  return services.reduce((sum, { backends }) => sum + backends.length, 0);
}
