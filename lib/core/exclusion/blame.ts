import type { CheckMessage } from "../haproxy/parseCheckOutput.ts";
import { backendName } from "../model/backendName.ts";
import type { Service } from "../model/Service.ts";
import type { Configuration } from "../render/Configuration.ts";
import { findOwner } from "./findOwner.ts";

/** Which services a refusal of HAProxy is about, each with what HAProxy said of it first. */
export type Blame = ReadonlyMap<Service, string>;

/**
 * Finds the services at fault in what HAProxy printed about a configuration: by the line where it names one, else by
 * the names of sections in the message.
 *
 * @param services all services of the configuration
 */
export function blame(
  messages: readonly CheckMessage[],
  { chunks }: Pick<Configuration, "chunks">,
  services: readonly Service[],
): Blame {
  const owner = findOwner(chunks);
  const byName = new Map(services.map((service) => [backendName(service), service]));
  const blamed = new Map<Service, string>();
  for (const { severity, line, message } of messages) {
    if (severity !== "alert") continue;
    const service = (line === undefined ? undefined : owner(line)) ?? namedIn(message, byName);
    if (service && !blamed.has(service)) blamed.set(service, message);
  }
  return blamed;
}

/** HAProxy quotes sections by their names, servers as `section/server`, userlists as we name them. */
function namedIn(message: string, byName: ReadonlyMap<string, Service>): Service | undefined {
  for (const [, quoted = ""] of message.matchAll(/'([^']+)'/g)) {
    const name = quoted.replace(/^(?:frontend|backend|proxy|server|userlist)\s+/i, "").split("/")[0]!;
    const service = byName.get(name) ?? byName.get(name.replace(/^user_/, "").replace(/_in$/, ""));
    if (service) return service;
  }
  return undefined;
}
