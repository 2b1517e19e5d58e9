import type { Service } from "../model/Service.ts";
import type { Configuration } from "./Configuration.ts";

/** The services that a configuration serves, in its order. */
export function servicesIn({ chunks }: Pick<Configuration, "chunks">): Service[] {
  return [...new Set(chunks.flatMap(({ service }) => service ?? []))];
}
