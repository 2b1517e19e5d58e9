import { hostPattern, isWildcard } from "./hostMatch.ts";

/** The values about vhosts in the templates of proxypass, revproxy and redir. */
export function hostValues(hosts: readonly string[]) {
  const exact = hosts.filter((host) => !isWildcard(host));
  return {
    // All of them with commas between, as the reference says it in overrides.
    hostname: hosts.join(","),
    // A wildcard names no host that could be asked for.
    vhost: exact[0] ?? "",
    vhosts: exact.join(" "),
    domains: hosts.filter(isWildcard).map((host) => host.slice(1)).join(" "),
    hostPattern: hosts.map(hostPattern).join("|"),
  };
}
