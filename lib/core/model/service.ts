import { hash } from "node:crypto";
import { isIpv4, isIpv6, shortestAddress } from "../addresses.ts";
import type { ServiceLabels } from "../labels/readLabels.ts";
import type { HealthCheck } from "../marathon/healthCheck.ts";

/** One task of a service, as HAProxy's `server` sees it. */
export interface Backend {
  readonly host: string;
  /** IPv4, or IPv6 without brackets. */
  readonly ip: string;
  readonly port: number;
  readonly draining: boolean;
  /** Whether Marathon says that it is healthy; known for services of blue/green deployments only. */
  readonly healthy?: true;
}

/** One service port of one app, with everything the configuration says about it. */
export interface Service {
  readonly appId: string;
  /** Position in the app's service ports: the `{n}` of its labels. */
  readonly index: number;
  /** The port at which it is exposed. */
  readonly port: number;
  /** Set for an endpoint of a pod that is exposed by its vhosts only: its index stands where others have their ports. */
  readonly portless?: true;
  readonly mode: "tcp" | "http";
  readonly groups: readonly string[];
  readonly enabled: boolean;
  /**
   * Set if its port belongs to another app or to the load balancer, or is closed. Then only its vhosts and its app id
   * lead to it.
   */
  readonly frontend?: false;
  /**
   * Set if `--service-ports` or the label `EXPOSE_PORT` closes its port: always, or as long as a vhost leads to it. A
   * closed port stays the number in the name of its backend, and is no claim on the port.
   */
  readonly closedPort?: "always" | "while-routed";
  /** Whether it belongs to a blue/green deployment. External tools control that by HAProxy's statistics. */
  readonly inDeploymentGroup?: true;
  readonly labels: ServiceLabels;
  /** Template overrides by template name, with line breaks as LF. */
  readonly templates: ReadonlyMap<string, string>;
  readonly healthCheck?: HealthCheck;
  /** Sorted by host, then port. */
  readonly backends: readonly Backend[];
  /** For each backend the port that its check uses, if `BACKEND_HEALTHCHECK_PORT_INDEX` names another one. */
  readonly checkPorts?: readonly number[];
}

/** The name of a service's frontend and backend sections: app id and port, `/` as `_`. */
export function backendName({ appId, port }: Pick<Service, "appId" | "port">): string {
  return `${appId.slice(1).replaceAll("/", "_")}_${port}`;
}

/** Whether a service has no frontend because its port is closed, and not because another has it. */
export function isPortClosed({ closedPort, labels }: Pick<Service, "closedPort" | "labels">): boolean {
  return closedPort === "always" || closedPort === "while-routed" && Boolean(labels.VHOST?.length);
}

/** A service with what it gets of what it asks for. */
export function limitedTo(
  { frontend: _, ...service }: Service,
  { hasFrontend, labels }: { readonly hasFrontend: boolean; readonly labels: ServiceLabels },
): Service {
  return { ...service, ...hasFrontend ? {} : { frontend: false }, labels };
}

/** How many tasks these services have together. */
export function countBackends(services: readonly Service[]): number {
  return services.reduce((sum, { backends }) => sum + backends.length, 0);
}

/** Whether a service belongs to one of the groups that this load balancer serves; `*` is every service. */
export function inGroups(service: Service, groups: readonly string[]): boolean {
  return groups.includes("*") || service.groups.some((group) => groups.includes(group));
}

/**
 * Everything about a service that its app's definition decides, as text. Two services of one fingerprint differ in
 * their tasks only, and HAProxy never refuses a service because of those.
 */
export function fingerprint(service: Service): string {
  const { backends: _, checkPorts: __, templates, ...definition } = service;
  return JSON.stringify([definition, [...templates]]);
}

/** Digests of fingerprints, computed once for each object: every change needs those of thousands of services. */
export class Fingerprints {
  readonly #known = new WeakMap<Service, string>();

  of(service: Service): string {
    let text = this.#known.get(service);
    if (text === undefined) {
      this.#known.set(service, text = hash("sha256", fingerprint(service), "base64"));
    }
    return text;
  }
}

/** The addresses at which a service asks for its port, as `canonicalAddress` writes them. */
export function bindAddresses({ labels }: Pick<Service, "labels">): readonly string[] {
  return (labels.BIND_ADDR ?? ["*"]).map(canonicalAddress);
}

/** One spelling for each address: `*` for all of IPv4, `::` for all of both versions. Anything else stays as it is. */
export function canonicalAddress(text: string): string {
  if (text === "*") return text;
  const [, family, written = ""] = /^(?:(ipv4|ipv6)@)?(.*)$/.exec(text.trim().toLowerCase()) ?? [];
  const host = written.replace(/^\[(.*)\]$/, "$1");
  if (host === "" || host === "*") return family === "ipv6" ? "::" : "*";
  if (host === "0.0.0.0") return "*";
  if (!isIpv6(host)) return host;
  const address = shortestAddress(host);
  return address === "0.0.0.0" ? "*" : address;
}

/**
 * Whether two listeners of one port at these addresses could get each other's connections. HAProxy opens all of its
 * ports with `SO_REUSEPORT`, so neither fails. The kernel hands a connection to the listener that names its address, or
 * else to any.
 */
export function overlap(a: string, b: string): boolean {
  if (a === b || isUnknown(a) || isUnknown(b)) return true;
  // `::` accepts IPv4 too, unless the kernel is configured otherwise.
  if (a === "::" || b === "::") return true;
  return a === "*" && isIpv4(b) || b === "*" && isIpv4(a);
}

/** A host name, for example, may mean any address. */
function isUnknown(address: string): boolean {
  return address !== "*" && !isIpv4(address) && !isIpv6(address);
}
