import type { HaproxyVersion } from "./parseHaproxyVersion.ts";

/** The oldest HAProxy that works: the first whose dynamic servers need no experimental mode. */
export const oldestSupported = { major: 2, minor: 6 };

/** Whether this HAProxy is new enough. */
export function isSupportedVersion({ major, minor }: HaproxyVersion): boolean {
  return major > oldestSupported.major || (major === oldestSupported.major && minor >= oldestSupported.minor);
}
