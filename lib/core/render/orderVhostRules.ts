import type { Service } from "../model/Service.ts";
import type { Chunk } from "./Configuration.ts";
import { mapWeight } from "./mapWeight.ts";
import type { RenderedService } from "./renderService.ts";
import type { Lookup } from "./renderVhostRules.ts";

type Scheme = "http" | "https";

interface Entry {
  readonly service: Service;
  readonly weight: number;
  readonly wild: boolean;
  readonly rules: Readonly<Record<Scheme, string>>;
  /** Only in the entry that brings it. */
  readonly lookups: Readonly<Record<Scheme, Lookup | undefined>>;
}

/**
 * Puts the vhost rules of all services into the order of their weights, highest first, services of one weight in
 * their own order. The first service that is looked up in a map brings the one rule that serves them all.
 */
export function orderVhostRules(rendered: readonly RenderedService[]): Record<Scheme, Chunk[]> {
  const bringsHttp = rendered.find(({ vhosts }) => vhosts?.httpLookup);
  const bringsHttps = rendered.find(({ vhosts }) => vhosts?.httpsLookup);
  const entries = rendered.flatMap((one): Entry[] => {
    const { service, vhosts } = one;
    if (!vhosts) return [];
    const lookups = {
      http: one === bringsHttp ? vhosts.httpLookup : undefined,
      https: one === bringsHttps ? vhosts.httpsLookup : undefined,
    };
    const { http, https, wild } = vhosts;
    const weight = lookups.http || lookups.https ? mapWeight : vhosts.weight;
    return [{ service, weight, wild, rules: { http, https }, lookups }];
  });
  entries.sort((a, b) => b.weight - a.weight);
  return { http: rulesOf("http", entries), https: rulesOf("https", entries) };
}

function rulesOf(scheme: Scheme, entries: readonly Entry[]): Chunk[] {
  const lastWild = entries.findLastIndex(({ wild }) => wild);
  return entries.map(({ service, rules, lookups }, index) => {
    const lookup = lookups[scheme]?.[index < lastWild ? "followed" : "last"] ?? "";
    return { service, text: rules[scheme] + lookup };
  });
}
