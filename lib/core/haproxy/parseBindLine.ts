/** One TCP port that a `bind` line asks for. */
export interface BindAddress {
  /** An IP address, with `0.0.0.0` for all of version 4 and `::` for all of version 6. */
  readonly host: string;
  readonly port: number;
  /** Whether `::` leaves IPv4 alone. */
  readonly ipv6Only: boolean;
}

/** Settings with which a port is another one, or one that this process may not have though HAProxy may. */
const elsewhere = new Set(["interface", "namespace", "transparent"]);
const ipv4 = /^\d+\.\d+\.\d+\.\d+$/;

/** As many ports as an address has. A line may ask for them a thousand times, which would fill the memory. */
export const mostPorts = 65_535;

/**
 * The TCP ports of a line of the configuration, each by itself, as `parseBindRanges` finds them; none of a line that asks
 * for more than `mostPorts`.
 */
export function parseBindLine(line: string): BindAddress[] {
  const ranges = parseBindRanges(line);
  if (countPorts(ranges) > mostPorts) return [];
  return ranges.flatMap(({ host, low, high, ipv6Only }) =>
    Array.from({ length: high - low + 1 }, (_, index) => ({ host, port: low + index, ipv6Only }))
  );
}

/** How many ports these are together. */
export function countPorts(ranges: readonly BindRange[]): number {
  return ranges.reduce((sum, { low, high }) => sum + high - low + 1, 0);
}

/** Ports of one address that a `bind` line asks for, from `low` to `high`. */
export interface BindRange extends Omit<BindAddress, "port"> {
  readonly low: number;
  readonly high: number;
}

/**
 * The TCP ports of a line of the configuration, which may name several addresses and ranges (`bind` in section 4.2 of
 * HAProxy's configuration manual). Empty for any other line, and without what only HAProxy can tell: Unix sockets, other
 * protocols, inherited file descriptors, variables, names of hosts.
 */
export function parseBindRanges(line: string): BindRange[] {
  const [keyword, addresses = "", ...settings] = line.trim().replace(/(^|\s)#.*/, "").split(/\s+/);
  if (keyword !== "bind" || settings.some((setting) => elsewhere.has(setting))) return [];
  const ipv6Only = settings.includes("v6only");
  return addresses.split(",").flatMap((address) => parseAddress(address, ipv6Only));
}

function parseAddress(text: string, ipv6Only: boolean): BindRange[] {
  const match = /^(?:(ipv4|ipv6)@)?(.*):(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) return [];
  const [, family, written = "", first, last = first] = match;
  const host = hostOf(written, family);
  const [low, high] = [Number(first), Number(last)];
  if (host === undefined || low < 1 || high > 65_535 || high < low) return [];
  return [{ host, low, high, ipv6Only: ipv6Only && host === "::" }];
}

/** Undefined for what is no IP address. */
function hostOf(written: string, family: string | undefined): string | undefined {
  const host = written.replace(/^\[(.*)\]$/, "$1");
  if (host === "" || host === "*") return family === "ipv6" ? "::" : "0.0.0.0";
  return ipv4.test(host) || /^[\da-f:.]*:[\da-f:.]*$/i.test(host) ? host : undefined;
}
