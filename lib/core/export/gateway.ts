import { isWildcard, pathsOf } from "../model/routes.ts";
import { type ShareGroup, shareGroups } from "../model/shares.ts";
import type { Service } from "../model/service.ts";
import { labelLosses, labelName, type Loss } from "./losses.ts";
import {
  chunksOf,
  closedWays,
  type ExportContext,
  type ExportedObjects,
  type ExportedService,
  hasBackendTls,
  isRoutePath,
  type KubernetesObject,
  matchesOf,
  nameOf,
  Names,
  serviceObjects,
} from "./objects.ts";

const group = "gateway.networking.k8s.io";
const apiVersion = `${group}/v1`;

/** The limits of Gateway API's schemas: listeners of a Gateway, hosts and rules of an HTTPRoute. */
const most = { listeners: 64, hosts: 16, rules: 16 };

/**
 * Services as objects of Gateway API: Gateways with a listener for each port, and routes of each service.
 * The objects are those of its standard channel, in version `v1`.
 *
 * @param services in their order
 */
export function exportGatewayApi(services: readonly Service[], context: ExportContext): ExportedObjects {
  const scene = new Scene(services, context);
  const exported = services.map((service) => new ServiceRoutes(service, scene).export());
  return {
    shared: scene.gateways(),
    services: exported,
    preparations: [...scene.preparations],
    losses: exported.flatMap(({ losses }) => losses),
  };
}

interface Listener {
  readonly name: string;
  readonly port: number;
  readonly protocol: "HTTP" | "HTTPS" | "TCP" | "TLS";
  readonly hostname?: string;
  readonly tls?: object;
}

interface ParentRef {
  readonly name: string;
  readonly sectionName: string;
}

/** The shares that the backends of one route can have: those of services whose routes are otherwise the same. */
function sharesOf(services: readonly Service[]): ReadonlyMap<Service, ShareGroup | undefined> {
  const shares = new Map<Service, ShareGroup | undefined>();
  for (const group of shareGroups(services)) {
    const shapes = new Set(group.sides.map(({ service: { labels, mode } }) => {
      const { USE_HSTS, REDIRECT_TO_HTTPS, HTTP_BACKEND_PROXYPASS_PATH, HTTP_BACKEND_REDIR } = labels;
      const filters = [USE_HSTS, REDIRECT_TO_HTTPS, HTTP_BACKEND_PROXYPASS_PATH, HTTP_BACKEND_REDIR];
      return JSON.stringify([mode, filters]);
    }));
    const isWhole = group.sides.every(({ service: { labels } }) =>
      (labels.VHOST ?? []).length * pathsOf(labels.PATH).length === group.routes.length &&
      !closedWays(labels).vhosts && canReach(labels)
    );
    const isFit = isWhole && shapes.size === 1;
    for (const { service } of group.sides) {
      shares.set(service, isFit && !shares.has(service) ? group : undefined);
    }
  }
  return shares;
}

/** Whether a policy can ask for the TLS to tasks that a service has, if it has any. */
function canReach(labels: Service["labels"]): boolean {
  return !hasBackendTls(labels) || labels.BACKEND_TLS === "verify" && labels.BACKEND_SNI !== undefined;
}

interface BackendRef {
  readonly name: string;
  readonly port: number;
  readonly weight?: number;
}

/** What the routes of all services share: listeners, names, Secrets. */
class Scene {
  /** The names of the Services. */
  readonly names: ReadonlyMap<Service, string>;
  /** The groups of services that share requests; undefined for one that a route cannot express. */
  readonly shares: ReadonlyMap<Service, ShareGroup | undefined>;
  readonly routeNames: Names = new Names();
  readonly preparations: Set<string> = new Set();
  readonly #files = new Names();
  readonly #fileNames = new Map<string, string>();
  readonly #listeners = new Map<string, Listener>();
  readonly #listenerNames = new Names();
  /** With `--group-https-by-vhost`, the certificates of hosts that have one of their own. */
  readonly #certificates = new Map<string, string>();

  constructor(services: readonly Service[], readonly context: ExportContext) {
    const names = new Names();
    this.names = new Map(services.map((service) => [service, nameOf(service, names)]));
    this.shares = sharesOf(services);
    if (!context.groupHttpsByVhost) return;
    for (const { labels: { SSL_CERT, VHOST = [], SNI_PASSTHROUGH } } of services) {
      if (SSL_CERT === undefined || SNI_PASSTHROUGH) continue;
      for (const host of VHOST) this.#certificates.set(host, this.#certificates.get(host) ?? SSL_CERT);
    }
  }

  /** The listener of plain HTTP for vhosts. */
  http(): ParentRef {
    return this.#listen("http", { port: this.context.httpPort, protocol: "HTTP" });
  }

  /** The listeners that decrypt for these hosts. */
  https(hosts: readonly string[]): ParentRef[] {
    const { httpsPort: port, sslCerts } = this.context;
    const parents = new Map<string, ParentRef>();
    for (const host of hosts) {
      const own = this.#certificates.get(host);
      const parent = own === undefined
        ? this.#listen("https", { port, protocol: "HTTPS", tls: this.#terminate(sslCerts) })
        : this.#listen(`https ${host}`, {
          port,
          protocol: "HTTPS",
          hostname: host,
          tls: this.#terminate([own]),
        });
      parents.set(parent.sectionName, parent);
    }
    return [...parents.values()];
  }

  /** The listener that passes the TLS of a host through. */
  passthrough(host: string): ParentRef {
    const { httpsPort: port } = this.context;
    return this.#listen(`tls ${host}`, {
      port,
      protocol: "TLS",
      hostname: host,
      tls: { mode: "Passthrough" },
    });
  }

  /** The listener of a service port. */
  servicePort({ port, mode, labels: { SSL_CERT } }: Service): ParentRef {
    const tls = SSL_CERT === undefined ? {} : { tls: this.#terminate([SSL_CERT]) };
    const [plain, secure] = mode === "http" ? ["HTTP", "HTTPS"] as const : ["TCP", "TLS"] as const;
    return this.#listen(`port ${port}`, {
      port,
      protocol: SSL_CERT === undefined ? plain : secure,
      ...tls,
    });
  }

  /** The name of the ConfigMap with the authorities of a file. */
  authorities(file: string): string {
    const name = this.#fileName(file);
    this.preparations.add(`Create the ConfigMap ${name}, with the content of ${file} as ca.crt.`);
    return name;
  }

  gateways(): KubernetesObject[] {
    return chunksOf([...this.#listeners.values()], most.listeners).map((listeners, rank) => ({
      apiVersion,
      kind: "Gateway",
      metadata: { name: gatewayName(rank) },
      spec: { gatewayClassName: this.context.className, listeners },
    }));
  }

  #terminate(files: readonly string[]): object {
    const certificateRefs = files.map((file) => {
      const name = this.#fileName(file);
      this.preparations.add(
        `Create the Secret ${name} of type kubernetes.io/tls, with the certificate of ${file}.`,
      );
      return { kind: "Secret", name };
    });
    return { mode: "Terminate", certificateRefs };
  }

  #fileName(file: string): string {
    const name = this.#fileNames.get(file) ?? this.#files.take(`marathon-lb ${file.replace(/\.\w+$/, "")}`);
    this.#fileNames.set(file, name);
    return name;
  }

  #listen(key: string, listener: Omit<Listener, "name">): ParentRef {
    if (!this.#listeners.has(key)) {
      this.#listeners.set(key, { name: this.#listenerNames.take(key.replace("*", "any")), ...listener });
    }
    const rank = [...this.#listeners.keys()].indexOf(key);
    const { name: sectionName } = this.#listeners.get(key)!;
    return { name: gatewayName(Math.floor(rank / most.listeners)), sectionName };
  }
}

function gatewayName(rank: number): string {
  return rank === 0 ? "marathon-lb" : `marathon-lb-${rank + 1}`;
}

interface Filter {
  readonly type: "RequestRedirect" | "ResponseHeaderModifier" | "URLRewrite";
  readonly [member: string]: unknown;
}

/** The objects of one service. */
class ServiceRoutes {
  readonly #name: string;
  readonly #losses: Loss[];
  readonly #routes: KubernetesObject[] = [];

  constructor(readonly service: Service, readonly scene: Scene) {
    this.#name = scene.names.get(service)!;
    this.#losses = labelLosses(service, "gateway-api");
  }

  export(): ExportedService {
    const { service, scene: { context } } = this;
    const { labels, mode, frontend } = service;
    const { hosts, paths } = matchesOf(service, "gateway-api", this.#losses);
    const closed = closedWays(labels);
    const works = this.#addBackendTls();
    const hasVhosts = works && !closed.vhosts && context.bindHttpHttps && hosts.length > 0;
    const hasPort = works && !closed.port && frontend !== false;
    if (mode === "http") this.#addHttp(hasVhosts ? hosts : [], paths, hasPort);
    else {
      if (hasVhosts && labels.SNI_PASSTHROUGH) this.#addPassthrough(hosts);
      else if (hasVhosts) this.#lose("VHOST", "the mode is tcp, and its routes would be of HTTP");
      if (hasPort) this.#addTcp();
    }
    const objects = serviceObjects(service, this.#name, this.#losses);
    return { objects: [...objects, ...this.#routes], losses: this.#losses };
  }

  #addHttp(hosts: readonly string[], paths: readonly string[], hasPort: boolean): void {
    const { scene, service } = this;
    const { REDIRECT_TO_HTTPS: redirects } = service.labels;
    const ports = hasPort ? [scene.servicePort(service)] : [];
    const share = scene.shares.get(service);
    if (share === undefined && scene.shares.has(service)) {
      this.#lose("TRAFFIC_SHARE", "the routes of its services differ; one of them gets all requests");
    }
    if (share && share.sides[0]!.service !== service) {
      // The routes of the first side lead here too.
    } else if (hosts.length > 0 && paths.length > 0) {
      const secure = scene.https(hosts);
      const parents = redirects ? secure : [scene.http(), ...secure];
      this.#addHttpRoutes(
        "",
        { parents, hosts },
        paths.flatMap((path) => this.#rulesFor(path, this.#sides(share))),
      );
      if (redirects) {
        const requestRedirect = { scheme: "https", statusCode: 301 };
        const rules = paths.map((path) => ruleOf(path, [{ type: "RequestRedirect", requestRedirect }]));
        this.#addHttpRoutes("redirect", { parents: [scene.http()], hosts }, rules);
      }
      this.#addRoot({ parents: [...paths.includes("/") ? parents : [], ...ports], hosts });
    } else this.#addRoot({ parents: ports, hosts: [] });
    if (hasPort) {
      this.#addHttpRoutes("port", { parents: ports, hosts: [] }, this.#rulesFor("/", this.#sides()));
    }
  }

  /** Where a route leads: to this service, or to all that share its requests. */
  #sides(share?: ShareGroup): BackendRef[] {
    const { scene, service } = this;
    if (share === undefined) return [{ name: this.#name, port: service.port }];
    return share.sides.map(({ service, weight }) => ({
      name: scene.names.get(service)!,
      port: service.port,
      weight,
    }));
  }

  /** The redirect of `/` alone, in a route of its own, because the hosts count at the service port too. */
  #addRoot(to: { parents: readonly ParentRef[]; hosts: readonly string[] }): void {
    const { HTTP_BACKEND_REDIR: location, VHOST = [] } = this.service.labels;
    if (location === undefined) return;
    const requestRedirect = redirectTo(location);
    if (requestRedirect === undefined) {
      return this.#lose("HTTP_BACKEND_REDIR", "a redirect has no query, and its path begins with /");
    }
    if (to.parents.length === 0 || VHOST.length > 0 && to.hosts.length === 0) {
      return this.#lose("HTTP_BACKEND_REDIR", "no route leads to / of its vhosts");
    }
    const match = { matches: [{ path: { type: "Exact", value: "/" } }] };
    const filters = [{ type: "RequestRedirect", requestRedirect } satisfies Filter];
    this.#addHttpRoutes("root", to, [{ ...match, filters }]);
  }

  /** The rules for one prefix: a longer one that is rewritten comes first. */
  #rulesFor(prefix: string, backendRefs: readonly BackendRef[]): object[] {
    const { labels } = this.service;
    const filters: Filter[] = labels.USE_HSTS
      ? [{
        type: "ResponseHeaderModifier",
        responseHeaderModifier: {
          set: [{ name: "Strict-Transport-Security", value: "max-age=15768000" }],
        },
      }]
      : [];
    const { HTTP_BACKEND_PROXYPASS_PATH: removed } = labels;
    if (removed === undefined) return [ruleOf(prefix, filters, backendRefs)];
    const host = labels.VHOST?.find((vhost) => !isWildcard(vhost));
    const hostname = host === undefined ? {} : { hostname: host };
    const rewrite = (path?: string): Filter[] => {
      const replaced = path === undefined
        ? {}
        : { path: { type: "ReplacePrefixMatch", replacePrefixMatch: path } };
      const urlRewrite = { ...hostname, ...replaced };
      return Object.keys(urlRewrite).length === 0
        ? filters
        : [...filters, { type: "URLRewrite", urlRewrite }];
    };
    const base = removed.replace(/\/+$/, "");
    const [asked, cut] = [prefix.toLowerCase(), base.toLowerCase()];
    if (base !== "" && asked.startsWith(cut)) {
      const rest = `/${prefix.slice(base.length).replace(/^\/+/, "")}`;
      return [ruleOf(prefix, rewrite(rest), backendRefs)];
    }
    const plain = ruleOf(prefix, rewrite(), backendRefs);
    if (base === "" || !cut.startsWith(asked)) return [plain];
    if (isRoutePath(base)) return [ruleOf(base, rewrite("/"), backendRefs), plain];
    this.#lose("HTTP_BACKEND_PROXYPASS_PATH", "a route accepts no such path");
    return [plain];
  }

  #addHttpRoutes(
    what: "" | "redirect" | "root" | "port",
    { parents, hosts }: { parents: readonly ParentRef[]; hosts: readonly string[] },
    rules: readonly object[],
  ): void {
    for (const hostnames of hosts.length > 0 ? chunksOf(hosts, most.hosts) : [undefined]) {
      for (const some of chunksOf(rules, most.rules)) {
        this.#add("HTTPRoute", what, parents, { ...hostnames ? { hostnames } : {}, rules: some });
      }
    }
  }

  #addPassthrough(hosts: readonly string[]): void {
    const backendRefs = [{ name: this.#name, port: this.service.port }];
    for (const hostnames of chunksOf(hosts, most.hosts)) {
      const parents = hostnames.map((host) => this.scene.passthrough(host));
      this.#add("TLSRoute", "tls", parents, { hostnames, rules: [{ backendRefs }] });
    }
  }

  #addTcp(): void {
    const backendRefs = [{ name: this.#name, port: this.service.port }];
    this.#add("TCPRoute", "port", [this.scene.servicePort(this.service)], { rules: [{ backendRefs }] });
  }

  /** @returns whether requests can reach the tasks in the way that the labels ask for */
  #addBackendTls(): boolean {
    const { BACKEND_SNI, BACKEND_CA_FILE, BACKEND_PROTO } = this.service.labels;
    if (!hasBackendTls(this.service.labels)) return true;
    const name = BACKEND_SNI;
    if (!canReach(this.service.labels) || name === undefined) {
      const why = "TLS to tasks needs verify and BACKEND_SNI there; its routes are left out";
      this.#lose("BACKEND_TLS", why);
      return false;
    }
    if (BACKEND_PROTO === "h2") this.#lose("BACKEND_PROTO", "the controller negotiates the version of HTTP");
    const { context } = this.scene;
    const authorities = BACKEND_CA_FILE === undefined ? { wellKnownCACertificates: "System" } : {
      caCertificateRefs: [{
        group: "",
        kind: "ConfigMap",
        name: this.scene.authorities(`${context.backendCaDir}/${BACKEND_CA_FILE}`),
      }],
    };
    this.#routes.push({
      apiVersion,
      kind: "BackendTLSPolicy",
      metadata: { name: this.#name },
      spec: {
        targetRefs: [{ group: "", kind: "Service", name: this.#name }],
        validation: { hostname: name.replace(/\.$/, ""), ...authorities },
      },
    });
    return true;
  }

  #add(kind: string, what: string, parentRefs: readonly ParentRef[], spec: object): void {
    if (parentRefs.length === 0) return;
    const name = this.scene.routeNames.take(what === "" ? this.#name : `${this.#name}-${what}`);
    this.#routes.push({ apiVersion, kind, metadata: { name }, spec: { parentRefs, ...spec } });
  }

  #lose(label: string, why: string): void {
    const { appId: app, index } = this.service;
    const subject = labelName(index, label);
    if (this.#losses.some((loss) => loss.subject === subject && loss.why === why)) return;
    this.#losses.push({ kind: "lost", app, subject, why });
  }
}

function ruleOf(prefix: string, filters: readonly Filter[], backendRefs?: readonly object[]): object {
  return {
    matches: [{ path: { type: "PathPrefix", value: prefix } }],
    ...filters.length > 0 ? { filters } : {},
    ...backendRefs ? { backendRefs } : {},
  };
}

/** A target of a redirect as a filter has it; undefined for one that it cannot have. */
function redirectTo(location: string): object | undefined {
  const [, origin, path = ""] = /^(https?:\/\/[^/?]+)?(.*)$/i.exec(location)!;
  if (path.includes("?") || path !== "" && !path.startsWith("/")) return undefined;
  if (origin !== undefined && !URL.canParse(origin)) return undefined;
  const url = origin === undefined ? undefined : new URL(origin);
  const target = url === undefined ? {} : {
    scheme: url.protocol.slice(0, -1),
    hostname: url.hostname,
    ...url.port === "" ? {} : { port: Number(url.port) },
  };
  return {
    ...target,
    path: { type: "ReplaceFullPath", replaceFullPath: path || "/" },
    statusCode: 301,
  };
}
