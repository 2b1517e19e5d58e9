import { type Kind, type LabelKind, labelKinds } from "../labels/labelKinds.ts";
import { labelTable } from "../labels/labelTable.ts";
import { compareText, quoted } from "../text.ts";
import type { EdgeApp, EdgeFrontend, EdgeRoute, EdgeRoutes, Untranslated } from "./routes.ts";

/** What an import comes to. */
export interface ImportedLabels {
  /** The labels to set, by app, in the order of ids. */
  readonly apps: readonly { readonly id: string; readonly labels: Readonly<Record<string, string>> }[];
  readonly untranslated: readonly Untranslated[];
}

/** The ports at which vhosts are served, and the protocol of each. */
const sharedPorts: ReadonlyMap<number, EdgeFrontend["protocol"]> = new Map([[80, "HTTP"], [443, "HTTPS"]]);

/**
 * The labels that serve routes of Edge-LB.
 *
 * @param group the value of `HAPROXY_GROUP`
 */
export function labelsOf({ routes, untranslated }: EdgeRoutes, group: string): ImportedLabels {
  const all: Untranslated[] = [...untranslated];
  const byService = Map.groupBy(routes, ({ app, index }) => `${app.id} ${index}`);
  const apps = new Map<string, { app: EdgeApp; labels: Record<string, string> }>();
  for (const own of byService.values()) {
    const { app, index } = own[0]!;
    const labels = new ServiceLabels(own, routes, all).labels();
    if (Object.keys(labels).length === 0) continue;
    const entry = apps.get(app.id) ?? { app, labels: { HAPROXY_GROUP: group } };
    apps.set(app.id, entry);
    for (const [name, value] of Object.entries(labels)) entry.labels[`HAPROXY_${index}_${name}`] = value;
  }
  const found = [...apps.values()].sort((a, b) => compareText(a.app.id, b.app.id));
  for (const { app, labels } of found) {
    for (const [name, value] of Object.entries(labels)) {
      const before = app.labels[name];
      if (before !== undefined && before !== value) {
        all.push({ kind: "differs", app: app.id, subject: name, why: `the app has it as ${quoted(before)}` });
      }
    }
  }
  const distinct = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  return { apps: found.map(({ app, labels }) => ({ id: app.id, labels })), untranslated: distinct };
}

/** The labels of one service. */
class ServiceLabels {
  readonly #own: readonly EdgeRoute[];
  readonly #all: readonly EdgeRoute[];
  readonly #untranslated: Untranslated[];
  readonly #labels = new Map<string, string>();

  constructor(own: readonly EdgeRoute[], all: readonly EdgeRoute[], untranslated: Untranslated[]) {
    this.#own = own;
    this.#all = all;
    this.#untranslated = untranslated;
  }

  /** Without `HAPROXY_{n}_` before their names. */
  labels(): Record<string, string> {
    const served = [...this.#vhosts(), ...this.#ports()];
    if (served.length > 0) this.#backend(served);
    return Object.fromEntries(this.#labels);
  }

  #lose({ app, index, subject }: EdgeRoute, why: string, kind: Untranslated["kind"] = "lost"): void {
    this.#untranslated.push({ kind, app: app.id, subject, why: why.replaceAll("{n}", String(index)) });
  }

  /** Sets a label; false where its value cannot be read, or where it says something else already. */
  #set(name: string, value: string, route: EdgeRoute): boolean {
    const before = this.#labels.get(name);
    if (before !== undefined && before !== value) {
      this.#lose(route, `HAPROXY_{n}_${name} can be ${quoted(before)} or ${quoted(value)}, not both`);
      return false;
    }
    const { kind } = labelTable.find((row) => row.scope === "service" && row.name === name)!;
    const reason = whyUnreadable(kind, value, name);
    if (reason !== undefined) {
      this.#lose(route, `HAPROXY_{n}_${name} cannot be ${quoted(value)}: expected ${reason}`);
      return false;
    }
    this.#labels.set(name, value);
    return true;
  }

  /** Labels for the ports 80 and 443. Returns the routes that are served by them. */
  #vhosts(): EdgeRoute[] {
    const routes = this.#own.filter((route) => this.#isVhost(route));
    const passed = routes.filter(({ frontend }) => frontend.protocol === "TLS");
    const kept = this.#product(routes);
    const [first] = kept;
    if (!first) return [];
    if (passed.length > 0 && passed.length < routes.length) {
      this.#lose(
        passed[0]!,
        "other rules have HAProxy decrypt the same service; an app passes TLS through or not",
      );
      return [];
    }
    const hosts = [...new Set(kept.map(({ host }) => host!))];
    const paths = [...new Set(kept.flatMap(({ path }) => path ?? []))];
    if (!this.#set("VHOST", hosts.join(","), first)) return [];
    if (paths.length > 0 && !this.#set("PATH", paths.join(" "), first)) {
      this.#labels.delete("VHOST");
      return [];
    }
    const depth = this.#depth(kept);
    if (depth > 0) this.#set("BACKEND_WEIGHT", String(depth + 1), first);
    if (passed.length > 0) {
      this.#set("SNI_PASSTHROUGH", "true", first);
      return kept;
    }
    this.#redirect(kept);
    return kept;
  }

  /** Whether a route is one of a vhost; those that no label can say are listed. */
  #isVhost(route: EdgeRoute): boolean {
    const { frontend: { protocol, port, address }, host, path } = route;
    const atHosts = sharedPorts.get(port) === protocol || (protocol === "TLS" && port === 443);
    if (!atHosts) return false;
    if (host === undefined) {
      if (!this.#onlyRedirects(route)) {
        const rule = path === undefined ? "" : ` with the path ${path}`;
        this.#lose(route, `the rule${rule} has no host: name the hosts in HAPROXY_{n}_VHOST`);
      }
      return false;
    }
    if (address !== undefined) {
      this.#lose(route, `--http-bind and --https-bind set the address, here ${address}`, "differs");
    }
    return true;
  }

  /** Whether a route only leads to a redirect, so that nothing is left to serve. */
  #onlyRedirects({ frontend, app }: EdgeRoute): boolean {
    return frontend.redirects &&
      this.#all.some((other) => other.app.id === app.id && other.frontend.protocol === "HTTPS");
  }

  /** The routes that a list of hosts with one list of paths says; the others are listed. */
  #product(routes: readonly EdgeRoute[]): EdgeRoute[] {
    const pathsOf = Map.groupBy(routes, ({ host }) => host);
    const shape = (list: readonly EdgeRoute[]) => {
      const paths = new Set(list.map(({ path }) => path ?? "/"));
      // Every path of the host.
      return paths.has("/") ? "/" : [...paths].sort().join(" ");
    };
    const [first] = pathsOf.values();
    return [...pathsOf.values()].flatMap((list) => {
      if (shape(list) === shape(first!)) {
        return shape(list) === "/" ? list.map(({ path: _, ...route }) => route) : list;
      }
      const { host } = list[0]!;
      this.#lose(
        list[0]!,
        `HAPROXY_{n}_PATH is for all hosts, and ${host} has other paths than ${first![0]!.host}`,
      );
      return [];
    });
  }

  /** How many other services have a path of the same host that these paths begin with. */
  #depth(kept: readonly EdgeRoute[]): number {
    const wider = this.#all.filter((other) =>
      other.path !== undefined && !this.#own.includes(other) &&
      kept.some(({ host, path }) =>
        host === other.host && path !== undefined && path !== other.path && path.startsWith(other.path!)
      )
    );
    return new Set(wider.map(({ app, index }) => `${app.id} ${index}`)).size;
  }

  #redirect(kept: readonly EdgeRoute[]): void {
    const [first] = kept;
    const plain = kept.filter(({ frontend }) => frontend.protocol === "HTTP");
    const isSecure = kept.some(({ frontend }) => frontend.protocol === "HTTPS");
    const redirects = plain.some(({ frontend }) => frontend.redirects);
    if (plain.length > 0 && !redirects) {
      if (!isSecure) this.#lose(first!, "the hosts are served at port 443 too", "differs");
      return;
    }
    // Without it, what was served by TLS alone would be open at port 80.
    this.#set("REDIRECT_TO_HTTPS", "true", first!);
    const others = this.#all.some(({ frontend }) => frontend.protocol === "HTTP" && frontend.redirects);
    if (plain.length === 0 && !others) this.#lose(first!, "port 80 redirects the hosts to HTTPS", "differs");
  }

  /** Labels for a port of the service's own. Returns the routes that it serves. */
  #ports(): EdgeRoute[] {
    return this.#own.filter((route) => {
      const { frontend: { protocol, port, address }, host, path } = route;
      if (sharedPorts.get(port) === protocol || (protocol === "TLS" && port === 443 && host !== undefined)) {
        return false;
      }
      if (sharedPorts.has(port) || port === 9090 || port === 9091) {
        this.#lose(route, `port ${port} is one of the load balancer's own: choose another port`);
      } else if (host !== undefined && protocol !== "TCP") {
        this.#lose(route, `vhosts are served at --http-bind and --https-bind, not at port ${port}`);
      } else if (path !== undefined && protocol !== "TCP") {
        this.#lose(route, `a service port has all paths of one app: HAPROXY_{n}_PATH needs a vhost`);
      } else if (protocol === "HTTPS") {
        const why =
          `set HAPROXY_{n}_PORT to ${port} and HAPROXY_{n}_SSL_CERT to the file of its certificate: ` +
          "without it the port would be open without TLS";
        this.#lose(route, why);
      } else if (this.#all.some((other) => this.#isRival(other, route))) {
        this.#lose(route, `port ${port} has rules for several apps: a service port has one`);
      } else {
        return this.#port(route, protocol === "HTTP" ? "http" : "tcp", address);
      }
      return false;
    });
  }

  #port(route: EdgeRoute, mode: "http" | "tcp", address: string | undefined): boolean {
    if (this.#labels.has("VHOST") && mode === "tcp") {
      this.#lose(route, "the service has vhosts, so its port is in mode http");
      return false;
    }
    if (!this.#set("PORT", String(route.frontend.port), route)) return false;
    this.#set("MODE", mode, route);
    if (address !== undefined) this.#set("BIND_ADDR", address, route);
    if (route.frontend.redirects) this.#lose(route, "a service port redirects nothing");
    return true;
  }

  #isRival(other: EdgeRoute, { frontend, app, index }: EdgeRoute): boolean {
    return other.frontend.port === frontend.port && (other.app.id !== app.id || other.index !== index);
  }

  #backend(served: readonly EdgeRoute[]): void {
    for (const { backend, frontend, ...of } of served) {
      const route = { ...of, backend, frontend, subject: backend.subject };
      const isHttp = frontend.protocol === "HTTP" || frontend.protocol === "HTTPS";
      const speaksHttp = backend.protocol === "HTTP" || backend.protocol === "HTTPS";
      if (isHttp && !speaksHttp) {
        this.#once(
          route,
          `the backend is ${backend.protocol} behind a frontend that is ${frontend.protocol}`,
        );
      }
      if (backend.balance !== undefined && backend.balance !== "roundrobin") {
        this.#set("BALANCE", backend.balance, route);
      }
      if (!isHttp || !speaksHttp) continue;
      if (backend.protocol === "HTTPS") this.#set("BACKEND_TLS", "true", route);
      if (backend.sticky) this.#set("STICKY", "true", route);
      if (backend.prefix === undefined) continue;
      this.#set("HTTP_BACKEND_PROXYPASS_PATH", backend.prefix, route);
      if (backend.rewritesLocation) this.#set("HTTP_BACKEND_REVPROXY_PATH", backend.prefix, route);
      const [host] = this.#labels.get("VHOST")?.split(",") ?? [];
      if (this.#labels.get("VHOST") !== host) {
        this.#once(route, `the app gets ${host} as the Host header of all its hosts`, "differs");
      }
    }
  }

  #once(route: EdgeRoute, why: string, kind: Untranslated["kind"] = "lost"): void {
    const isKnown = this.#untranslated.some((one) => one.app === route.app.id && one.why === why);
    if (!isKnown) this.#lose(route, why, kind);
  }
}

/** What a value of a label should be, where it cannot be read. */
function whyUnreadable(name: LabelKind, value: string, label: string): string | undefined {
  const kind: Kind<unknown> = labelKinds[name];
  try {
    return kind.read(value, label) === undefined ? kind.rule : undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return `${kind.rule}: ${error.message}`;
  }
}
