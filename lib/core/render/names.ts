import { hash } from "node:crypto";
import { type Backend, backendName, type Service } from "../model/service.ts";

/** The names of one service in the configuration. */
export interface ServiceNames {
  readonly backend: string;
  /** `cleanedUpHostname`: follows `host_` and `auth_` in the names of ACLs. */
  readonly vhostAcl: string;
  /** `cleanedUpAppId`: follows `app_`. */
  readonly appAcl: string;
}

/**
 * Names every service. If two services would share a name, all but the first add their port. HAProxy ORs the ACLs of
 * one name, so users of one service would pass the login of the other.
 */
export function nameServices(services: readonly Service[]): Map<Service, ServiceNames> {
  const vhostOwners = new Set<string>();
  const appOwners = new Map<string, string>();
  return new Map(services.map((service) => {
    const backend = backendName(service);
    const path = service.appId.slice(1).replaceAll("/", "_");
    const host = service.labels.VHOST?.[0];
    let vhostAcl = `${cleanName(host ?? "")}_${path}`;
    if (host !== undefined) {
      while (vhostOwners.has(vhostAcl)) vhostAcl += `_${service.port}`;
      vhostOwners.add(vhostAcl);
    }
    let appAcl = cleanName(service.appId);
    if ((appOwners.get(appAcl) ?? service.appId) !== service.appId) appAcl += `_${service.port}`;
    appOwners.set(appAcl, service.appId);
    return [service, { backend, vhostAcl, appAcl }];
  }));
}

/**
 * The names of one of these services, as `nameServices` gives them. Only services whose ids end alike are compared: others
 * share no name, but for one that ends with a port.
 */
export function nameService(service: Service, services: readonly Service[]): ServiceNames {
  return nameServices(services.filter(({ appId }) => endAlike(appId, service.appId))).get(service)!;
}

/** Whether the shorter of two ids, after cleaning, is how the other one ends. */
function endAlike(a: string, b: string): boolean {
  for (let back = 1; back <= a.length && back <= b.length; back++) {
    // By number first: ten thousand ids are compared for each card of the page.
    if (a.charCodeAt(a.length - back) === b.charCodeAt(b.length - back)) continue;
    if (cleanName(a.at(-back)!) !== cleanName(b.at(-back)!)) return false;
  }
  return true;
}

/**
 * Gives a frontend another name than its backend: HAProxy 3.2 warns about equal names, and 3.3 refuses them. The
 * templates of the reference use equal names, and so do users' copies of them.
 *
 * @param head the rendered template for the head of a frontend
 * @param suffix the end of the names of frontends for this HAProxy; empty if names may be equal
 */
export function nameApart(head: string, backend: string, suffix: string): string {
  if (suffix === "") return head;
  return head.replace(
    /^([ \t]*frontend[ \t]+)(\S+)/gm,
    (line, before: string, name: string) => name === backend ? before + name + suffix : line,
  );
}

/** A text as part of a name in the configuration: every character outside `[a-zA-Z0-9-]` becomes `_`. */
export function cleanName(text: string): string {
  return text.replace(/[^a-zA-Z0-9-]/g, "_");
}

/**
 * The name of a server: host, address and port, the host only if it differs from the address. HAProxy matches saved
 * server states by this name, so it contains all that identifies a server.
 */
export function serverName({ host, ip, port }: Backend): string {
  return cleanName(host === ip ? `${ip}_${port}` : `${host}_${ip}_${port}`);
}

/** Ids run from 1 to 32766, so that every HAProxy can hold them. */
const ids = 32767;

/**
 * A number for a server. It stays the same as long as its backend has no other server of the same hash.
 *
 * @param taken the ids of the servers before it in its backend; the new one is added
 */
export function serverId(name: string, taken: Set<number>): number {
  let text = name;
  while (true) {
    const digest = hash("sha256", text, "buffer");
    let id = 0;
    for (const byte of digest) id = (id * 256 + byte) % ids;
    if (id !== 0 && !taken.has(id)) {
      taken.add(id);
      return id;
    }
    text = `${text} ${digest.toString("hex")}`;
  }
}

/** The cookie that keeps a client on a server. It is short, and hides where the server is. */
export function cookieValue(serverName: string): string {
  return hash("sha1", serverName).slice(0, 10);
}

/**
 * The addresses of a service's frontend, for the place before `:PORT`. The port also follows each of the others, as
 * HAProxy reads one for each address (`bind`).
 */
export function bindAddressText({ labels, port }: Pick<Service, "labels" | "port">): string {
  const addresses = labels.BIND_ADDR ?? ["*"];
  return addresses.map((address) => address.includes(":") ? `[${address}]` : address).join(`:${port},`);
}

/**
 * A path as part of a regular expression. Only the dot stays as it is, and matches any character: overrides written for
 * the reference expect that.
 */
export function patternText(path: string): string {
  return path.replace(/[*+()]/g, "[$&]");
}

/** A text in a format string of HAProxy's logs, redirects and headers (configuration manual, section 8.2.6). */
export function formatText(text: string): string {
  return text.replaceAll("%", "%%");
}
