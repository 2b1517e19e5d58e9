import { lookup as lookUp } from "node:dns/promises";
import { isIP } from "node:net";
import type { Definition } from "../../core/deploy/definition.ts";
import { type LoadBalancer, readServers } from "../../core/deploy/observation.ts";
import { describeRequestError } from "../marathon/failures.ts";
import type { TlsTrust } from "../marathon/http.ts";
import { AdminPort } from "../operator/adminPort.ts";
import type { Clock } from "../system/clock.ts";

/** The IP addresses of a host. */
export type LookUp = (host: string) => Promise<readonly { address: string; family: number }[]>;

export interface LoadBalancersOptions {
  readonly clock: Clock;
  readonly trust: TlsTrust;
  /** The resolver of this machine by default. */
  readonly lookup?: LookUp;
}

/** A master and a worker; more are old workers. */
const processes = 2;

/** Every instance of the load balancer: each address of the names in `--marathon-lb`. */
export class LoadBalancers {
  readonly #urls: readonly URL[];
  readonly #options: LoadBalancersOptions;
  /** By the URL that holds the address. */
  readonly #ports = new Map<string, AdminPort>();

  constructor(urls: readonly string[], options: LoadBalancersOptions) {
    this.#urls = urls.map((url) => new URL(url));
    this.#options = options;
  }

  /** What each instance says of a group now. Rejects only with the reason of the signal. */
  async look(definition: Definition, signal: AbortSignal): Promise<LoadBalancer[]> {
    const found = await Promise.all(this.#urls.map((url) => this.#instances(url)));
    signal.throwIfAborted();
    const instances = new Map(found.flatMap(({ ports }) => ports).map((port) => [port.name, port]));
    const failed = found.flatMap(({ failure }) => failure ?? []);
    return [
      ...failed,
      ...await Promise.all([...instances.values()].map((port) => this.#ask(port, definition, signal))),
    ];
  }

  close(): void {
    for (const port of this.#ports.values()) port.close();
  }

  /** An instance may be added or gone at each look. */
  async #instances(url: URL): Promise<{ ports: AdminPort[]; failure?: LoadBalancer }> {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host)) return { ports: [this.#port(url, undefined)] };
    const { lookup = (name) => lookUp(name, { all: true }) } = this.#options;
    try {
      const all = await lookup(host);
      // As zdd.py does: one instance has addresses of both kinds, and need not listen at both.
      const ofFour = all.filter(({ family }) => family === 4);
      const addresses = new Set((ofFour.length > 0 ? ofFour : all).map(({ address }) => address));
      return {
        ports: [...addresses].map((address) => {
          const one = new URL(url);
          one.hostname = address.includes(":") ? `[${address}]` : address;
          return this.#port(one, host);
        }),
      };
    } catch (error) {
      const { reason } = describeRequestError(error);
      return { ports: [], failure: { name: host, problem: reason, oldWorkers: 0, servers: [] } };
    }
  }

  #port(url: URL, servername: string | undefined): AdminPort {
    const known = this.#ports.get(url.href);
    if (known) return known;
    const { clock, trust } = this.#options;
    const port = new AdminPort(url.href, {
      clock,
      trust: servername === undefined ? trust : { ...trust, servername },
    });
    this.#ports.set(url.href, port);
    return port;
  }

  async #ask(port: AdminPort, definition: Definition, signal: AbortSignal): Promise<LoadBalancer> {
    const { name } = port;
    const get = async (path: string) => {
      const { status, body } = await port.get(path, signal);
      if (status !== 200) throw new Error(`${path} answered HTTP ${status}`);
      return body;
    };
    try {
      const pids = (await get("/_haproxy_getpids")).split(/\s+/).filter(Boolean);
      const servers = readServers(await get("/haproxy?stats;csv"), definition);
      return { name, oldWorkers: Math.max(0, pids.length - processes), servers };
    } catch (error) {
      signal.throwIfAborted();
      return { name, problem: describeRequestError(error).reason, oldWorkers: 0, servers: [] };
    }
  }
}
