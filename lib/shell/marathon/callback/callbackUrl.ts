import type { BindAddress } from "../../../core/flags/parseBindAddress.ts";
import { isIpv6 } from "../../../core/flags/parseBindAddress.ts";

const wildcards = new Set(["*", "0.0.0.0", "::"]);

/**
 * The URL that leads to a listener: its address, or for one that listens on every address this machine's name, which
 * Marathon has to be able to resolve.
 */
export function callbackUrl({ host, port }: BindAddress, hostName: string): string {
  const name = wildcards.has(host) ? hostName : host;
  return `http://${isIpv6(name) ? `[${name}]` : name}:${port}`;
}
