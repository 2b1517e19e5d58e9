import type { Service } from "../model/Service.ts";
import type { Chunk, Configuration } from "./Configuration.ts";

/** Asked for at every event while something is left out: going through all pieces again would cost more than the event. */
const known = new WeakMap<readonly Chunk[], readonly Service[]>();

/** The services that a configuration serves, in its order. */
export function servicesIn({ chunks }: Pick<Configuration, "chunks">): readonly Service[] {
  let services = known.get(chunks);
  if (!services) {
    services = [...new Set(chunks.flatMap(({ service }) => service ?? []))];
    known.set(chunks, services);
  }
  return services;
}
