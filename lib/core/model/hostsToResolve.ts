import type { App } from "../marathon/App.ts";
import { isIpv4 } from "./isIpv4.ts";

/** The names of agents whose addresses the model needs: one look-up each, made by the shell before the model runs. */
export function hostsToResolve(apps: readonly App[]): Set<string> {
  const hosts = new Set<string>();
  for (const app of apps) {
    if (app.networkingMode === "container") continue;
    for (const { host } of app.tasks) {
      if (host !== undefined && !isIpv4(host)) hosts.add(host);
    }
  }
  return hosts;
}
