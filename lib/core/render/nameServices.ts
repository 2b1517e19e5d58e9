import { backendName } from "../model/backendName.ts";
import type { Service } from "../model/Service.ts";
import { cleanName } from "./cleanName.ts";

/** The names that stand for one service in the configuration. */
export interface ServiceNames {
  readonly backend: string;
  /** `cleanedUpHostname`: behind `host_` and `auth_` in the names of ACLs. */
  readonly vhostAcl: string;
  /** `cleanedUpAppId`: behind `app_`. */
  readonly appAcl: string;
}

/**
 * Names every service. HAProxy ORs the ACLs of one name, which would let the users of one service pass the login of
 * another: where two services would share a name, all but the first add their port.
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
