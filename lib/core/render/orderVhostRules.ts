import type { Service } from "../model/Service.ts";
import type { Chunk } from "./Configuration.ts";
import { mapWeight } from "./mapWeight.ts";
import type { RenderedService } from "./renderService.ts";

interface Entry {
  readonly weight: number;
  readonly http: string;
  readonly https: string;
  readonly service: Service;
}

/**
 * Puts the vhost rules of all services into the order of their weights, highest first, services of one weight in
 * their own order. The first service that is looked up in a map brings the one rule that serves them all.
 */
export function orderVhostRules(rendered: readonly RenderedService[]): { http: Chunk[]; https: Chunk[] } {
  const entries: Entry[] = [];
  let [httpLookup, httpsLookup] = [false, false];
  for (const { service, vhosts } of rendered) {
    if (!vhosts) continue;
    const bringsHttp = vhosts.httpMapRule !== undefined && !httpLookup;
    const bringsHttps = vhosts.httpsMapRule !== undefined && !httpsLookup;
    httpLookup ||= bringsHttp;
    httpsLookup ||= bringsHttps;
    entries.push({
      service,
      weight: bringsHttp || bringsHttps ? mapWeight : vhosts.weight,
      http: vhosts.http + (bringsHttp ? vhosts.httpMapRule : ""),
      https: vhosts.https + (bringsHttps ? vhosts.httpsMapRule : ""),
    });
  }
  entries.sort((a, b) => b.weight - a.weight);
  return {
    http: entries.map(({ http, service }) => ({ text: http, service })),
    https: entries.map(({ https, service }) => ({ text: https, service })),
  };
}
