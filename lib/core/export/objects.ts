import { createHash } from "node:crypto";
import { isInNetwork, isIpv4 } from "../addresses.ts";
import { isWildcard, type PathPrefix, pathsOf } from "../model/routes.ts";
import type { Backend, Service } from "../model/service.ts";
import { escapeUnprintable } from "../text.ts";
import { labelName, type Loss, lossText, type RouteFormat } from "./losses.ts";
import { type Yaml, yamlText } from "./yaml.ts";

/** An object of Kubernetes, as its API reads it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [member: string]: unknown;
}

/** Objects that serve what a load balancer serves, and what they do not carry over. */
export interface ExportedObjects {
  /** Those that all services share. */
  readonly shared: readonly KubernetesObject[];
  readonly services: readonly ExportedService[];
  /** What has to exist before, a sentence each. */
  readonly preparations: readonly string[];
  readonly losses: readonly Loss[];
}

/** The objects of one service, and its part of the losses. */
export interface ExportedService {
  readonly objects: readonly KubernetesObject[];
  readonly losses: readonly Loss[];
}

/** The flags that decide about listeners and classes. */
export interface ExportContext {
  /** `--class`: the name of the GatewayClass or IngressClass. */
  readonly className: string;
  readonly bindHttpHttps: boolean;
  readonly groupHttpsByVhost: boolean;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Paths of the certificates for HTTPS. */
  readonly sslCerts: readonly string[];
  /** `--backend-ca-dir`. */
  readonly backendCaDir: string;
}

/** What an export says about itself, as comments at its top: one line each. */
export function commentsText(lines: readonly string[]): string {
  return lines.map((line) => `# ${escapeUnprintable(line)}`.trimEnd() + "\n").join("");
}

/** The objects as YAML documents for `kubectl apply`, with the losses as comments before the service that has them. */
export function kubernetesText(exported: ExportedObjects, head: readonly string[]): string {
  const { shared, services, preparations } = exported;
  const document = (object: KubernetesObject) => `---\n${yamlText(object as unknown as Yaml)}`;
  const parts = services.map(({ objects, losses }) =>
    objects.map((object, rank) =>
      rank === 0
        ? `---\n${commentsText(losses.map(lossText))}${yamlText(object as unknown as Yaml)}`
        : document(object)
    ).join("")
  );
  return commentsText([...head, ...preparations]) + shared.map(document).join("") + parts.join("");
}

/** The longest label of DNS (RFC 1123, section 2.1), and with it the longest name of a Service. */
const longest = 63;

/** Gives out names of objects: labels of DNS that begin with a letter, each once. */
export class Names {
  readonly #taken = new Set<string>();

  /**
   * A name that reads as `text`. If it is taken already or too long, it ends with a part of the text's hash.
   *
   * @param room how long it may be
   */
  take(text: string, room = longest): string {
    const clean = cleaned(text);
    let name = cut(clean, room);
    for (let round = 0; this.#taken.has(name) || round === 0 && clean.length > room; round++) {
      const hash = createHash("sha256").update(`${text} ${round}`).digest("hex").slice(0, hashLength);
      name = `${cut(clean, room - hashLength - 1)}-${hash}`;
    }
    this.#taken.add(name);
    return name;
  }
}

const hashLength = 8;

function cleaned(text: string): string {
  const clean = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return /^[a-z]/.test(clean) ? clean : `app-${clean}`.replace(/-+$/, "");
}

function cut(clean: string, room: number): string {
  return clean.slice(0, room).replace(/-+$/, "");
}

/** Names of slices and routes end with more: a number, or a word such as `-redirect`. */
const endings = 9;

/** The name of what belongs to a service. */
export function nameOf({ appId, port }: Pick<Service, "appId" | "port">, names: Names): string {
  return names.take(`${appId}-${port}`, longest - endings);
}

/** Kubernetes accepts a thousand endpoints in a slice; its own controller writes a hundred. */
const sliceSize = 100;

/** The networks of addresses that an EndpointSlice must not have, and that only the load balancer's machine reaches. */
const localNetworks = [
  "127.0.0.0/8",
  "169.254.0.0/16",
  "0.0.0.0/32",
  "224.0.0.0/24",
  "::1/128",
  "::/128",
  "fe80::/10",
];

/**
 * A Service without a selector, and EndpointSlices with its tasks. Tasks of one port share a slice, because the ports of
 * a slice are those of all its endpoints.
 */
export function serviceObjects(
  service: Service,
  name: string,
  losses: Loss[],
): KubernetesObject[] {
  const { appId: app, mode, port } = service;
  const tasks = service.backends.filter((task) => {
    const isLocal = localNetworks.some((network) => isInNetwork(task.ip, network));
    if (isLocal) {
      const why = "an EndpointSlice cannot have an address of the machine itself";
      losses.push({ kind: "lost", app, subject: `the task at ${task.ip}:${task.port}`, why });
    }
    return !isLocal;
  });
  const appProtocol = protocolOf(service);
  const common = { name: mode, protocol: "TCP", ...appProtocol === undefined ? {} : { appProtocol } };
  const lost = losses.filter(({ kind }) => kind === "lost").map(({ subject }) => subject);
  const annotations = {
    "marathon-lb/app": escapeUnprintable(app),
    ...lost.length > 0 ? { "marathon-lb/lost": escapeUnprintable(lost.join(", ")) } : {},
  };
  const object: KubernetesObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, annotations },
    spec: {
      ...tasks.some(({ ip }) => !isIpv4(ip)) ? { ipFamilyPolicy: "PreferDualStack" } : {},
      ports: [{ ...common, port, targetPort: port }],
    },
  };
  const slices = [...Map.groupBy(tasks, (task) => `${familyOf(task)} ${task.port}`).values()]
    .flatMap((alike) => chunksOf(alike, sliceSize))
    .map((some, rank): KubernetesObject => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: `${name}-${rank + 1}`,
        labels: {
          "kubernetes.io/service-name": name,
          "endpointslice.kubernetes.io/managed-by": "marathon-lb-export",
        },
      },
      addressType: familyOf(some[0]!),
      ports: [{ ...common, port: some[0]!.port }],
      endpoints: some.map(({ ip, draining }) => ({
        addresses: [ip],
        conditions: { ready: !draining, serving: true, terminating: draining },
      })),
    }));
  return [object, ...slices];
}

function familyOf({ ip }: Backend): "IPv4" | "IPv6" {
  return isIpv4(ip) ? "IPv4" : "IPv6";
}

/** What the tasks speak, as Kubernetes names it (KEP 3726); undefined for HTTP/1.1 and for TCP. */
function protocolOf({ labels }: Service): string | undefined {
  return labels.BACKEND_PROTO === "h2" && !hasBackendTls(labels) ? "kubernetes.io/h2c" : undefined;
}

/** Whether requests reach the tasks by TLS. */
export function hasBackendTls({ BACKEND_TLS }: Service["labels"]): boolean {
  return BACKEND_TLS === "true" || BACKEND_TLS === "verify";
}

/** A list in parts of at most `size`. */
export function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}

/** Where the vhosts of a service lead from, as far as a route can say it. */
export interface Matches {
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
}

const hostname = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
/** As Gateway API checks prefixes; the path of an Ingress has nearly the same rules. */
const pathCharacters = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/;
const pathTricks = /\/\/|\/\.\.?(?:\/|$)|%2f/i;
const longestPath = 1024;

/** The hosts and path prefixes of a service that routes can have. What they cannot have is added to `losses`. */
export function matchesOf(service: Service, format: RouteFormat, losses: Loss[]): Matches {
  const { appId: app, index, labels } = service;
  const add = (kind: Loss["kind"], name: string, why: string) =>
    losses.push({ kind, app, subject: labelName(index, name), why });
  const vhosts = labels.VHOST ?? [];
  const hosts = vhosts.map((host) => host.replace(/\.$/, "")).filter((host) =>
    host.length <= 253 && hostname.test(host) && !isIpv4(host)
  );
  if (hosts.length < vhosts.length) {
    add("lost", "VHOST", "a route accepts no address and no _ in a host name");
  }
  if (format === "ingress" && hosts.some(isWildcard)) {
    add("differs", "VHOST", "a wildcard of an Ingress stands for one level of names only");
  }
  const asked = pathsOf(labels.PATH);
  const fit = asked.filter(({ path }) => isRoutePath(path));
  if (fit.length < asked.length) add("lost", "PATH", "a route accepts no such path");
  if (fit.some(({ ignoreCase }) => ignoreCase)) {
    add("lost", "PATH", "case counts in a route, -i has no effect");
  }
  if (fit.some(isLoose)) {
    add("differs", "PATH", "a route compares whole parts of a path: /cart does not match /cartoon");
  }
  return { hosts: [...new Set(hosts)], paths: fit.map(({ path }) => path) };
}

/** Whether routes accept a path as a prefix. */
export function isRoutePath(path: string): boolean {
  return path.startsWith("/") && path.length <= longestPath && pathCharacters.test(path) &&
    !pathTricks.test(path);
}

function isLoose({ path }: PathPrefix): boolean {
  return path !== "/";
}

/** Which ways to a service would be open without what protects them, or would not work. */
export function closedWays(labels: Service["labels"]): { readonly vhosts: boolean; readonly port: boolean } {
  const all = labels.BACKEND_NETWORK_ALLOWED_ACL !== undefined;
  const auth = labels.AUTH !== undefined;
  return { vhosts: all || auth, port: all || auth && labels.AUTH_EVERYWHERE === true };
}
