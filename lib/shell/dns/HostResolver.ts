import { lookup } from "node:dns/promises";
import type { Clock } from "../clock/Clock.ts";

/** How long an address is believed: agents seldom move, but they do. */
const believed = 60_000;

/** How soon a failed look-up is tried again: each one holds a generation up. */
const retried = 10_000;

interface Known {
  /** Undefined for a host that has never been resolved. */
  readonly address: string | undefined;
  /** When to look it up again. */
  readonly until: number;
}

/** Looks up the IPv4 addresses of agents that Marathon knows by name, and remembers them for a while. */
export class HostResolver {
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly clock: Pick<Clock, "monotonic">,
    private readonly resolve: (host: string) => Promise<string> = ipv4,
  ) {}

  /**
   * The addresses of these hosts. A host that cannot be resolved now keeps the address it had, and is missing if it
   * never had one.
   *
   * @param all whether these are all hosts there are: others are forgotten then
   */
  async addresses(hosts: ReadonlySet<string>, all = true): Promise<Map<string, string>> {
    if (all) { for (const host of this.#known.keys()) if (!hosts.has(host)) this.#known.delete(host); }
    await Promise.all([...hosts].map((host) => this.#refresh(host)));
    const addresses = new Map<string, string>();
    for (const host of hosts) {
      const address = this.#known.get(host)?.address;
      if (address !== undefined) addresses.set(host, address);
    }
    return addresses;
  }

  async #refresh(host: string): Promise<void> {
    const known = this.#known.get(host);
    if (known && this.clock.monotonic() < known.until) return;
    const found = await this.resolve(host).catch(() => undefined);
    const until = this.clock.monotonic() + (found === undefined ? retried : believed);
    this.#known.set(host, { address: found ?? known?.address, until });
  }
}

async function ipv4(host: string): Promise<string> {
  const { address } = await lookup(host, { family: 4 });
  return address;
}
