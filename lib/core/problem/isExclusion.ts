import type { Problem } from "./Problem.ts";

/** Whether a problem took an app or a service out of the configuration. */
export function isExclusion({ severity }: Problem): boolean {
  return severity === "excluded";
}
