import { effectiveBalance } from "./effectiveBalance.ts";

const consistent = /^\s+hash-type\s+consistent\b/m;
const dynamicBalance = /^(?:roundrobin|leastconn|first|random(?:\(.*\))?)$/;

/**
 * Why servers cannot be added to a backend at run time so that they are like those in the file (management guide,
 * "add server"); undefined when they can.
 *
 * @param section the whole backend
 * @param head the global parts of the configuration, whose `defaults` it inherits
 */
export function whyNoNewServers(section: string, head: string): string | undefined {
  if (/^\s+default-server\s/m.test(section) || /^\s+default-server\s/m.test(head)) {
    return "default-server does not count for servers that are added at run time";
  }
  const balance = effectiveBalance(section, head);
  if (balance !== undefined && !dynamicBalance.test(balance) && !consistent.test(section)) {
    return `balance ${balance} takes no servers at run time`;
  }
  return undefined;
}
