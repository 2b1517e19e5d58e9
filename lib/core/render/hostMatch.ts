/** Whether a vhost stands for all hosts under a domain: `*.example.com`. */
export function isWildcard(host: string): boolean {
  return host.startsWith("*.");
}

/** How HAProxy's ACLs match a host name (configuration manual, section 7.1.3): whole, or by its end. */
export function hostMatch(host: string): string {
  return isWildcard(host) ? `-m end -i ${host.slice(1)}` : `-i ${host}`;
}

/** The same as a regular expression, for a part of a larger one. */
export function hostPattern(host: string): string {
  const text = host.replaceAll(".", "[.]");
  return isWildcard(host) ? `[^/:]+${text.slice(1)}` : text;
}
