import type { HaproxyVersion } from "./parseHaproxyVersion.ts";

/**
 * Whether a frontend may not have the name of a backend: HAProxy warns of it from 3.2 on, and announces that 3.3 takes
 * it no more.
 */
export function needsDistinctNames({ major, minor }: Pick<HaproxyVersion, "major" | "minor">): boolean {
  return major > 3 || (major === 3 && minor >= 2);
}
