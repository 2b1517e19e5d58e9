import { effectiveBalance } from "./effectiveBalance.ts";

const indifferent = /^(?:roundrobin|leastconn|random(?:\(.*\))?)$/;

/**
 * Whether the ids of servers may decide where a request goes: in a hash, in a stick table, as the order of `balance first`
 * (configuration manual, `id` of servers). Otherwise they only name servers in statistics.
 *
 * @param section the whole backend
 * @param head the global parts of the configuration, whose `defaults` it inherits
 */
export function usesServerIds(section: string, head: string): boolean {
  const balance = effectiveBalance(section, head);
  return balance !== undefined && !indifferent.test(balance) || /^\s+stick/m.test(section) ||
    /srv_id|srv-id/.test(section);
}
