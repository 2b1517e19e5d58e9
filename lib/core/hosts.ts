import { isIpv4, isIpv6 } from "./addresses.ts";
import { quoted, splitList } from "./text.ts";

/** Each address is a socket of HAProxy, and all services share its file descriptors. */
const mostAddresses = 32;

const hostLabel = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const hostName = new RegExp(`^(?:${hostLabel}\\.)*${hostLabel}\\.?$`);
const wildcard = /^\*\./;

/**
 * Whether `text` is a host name in lower case, in the lengths of DNS (RFC 1035, section 2.3.4). Underscores count as
 * letters, as in resolvers.
 */
export function isHostName(text: string): boolean {
  return text.length <= 253 && hostName.test(text);
}

/**
 * The hosts of a comma list, in lower case; one may begin with `*.`.
 *
 * @throws {RangeError} that names an entry which is no host name
 */
export function readHosts(text: string): readonly string[] {
  return splitList(text.toLowerCase()).map((host) => {
    if (!isHostName(host.replace(wildcard, ""))) throw new RangeError(`${quoted(host)} is no host name`);
    return host;
  });
}

/**
 * The addresses of a comma list, as `parseBindAddress` writes hosts: `*`, dotted IPv4, or IPv6 in its shortest form and
 * without brackets. HAProxy's families `ipv4@` and `ipv6@` may stand before them (configuration manual, section 4.2,
 * "bind"). Names are refused: their addresses, and the machine that has them, are unknown until HAProxy starts.
 *
 * @throws {RangeError} that names an entry which is no such address
 */
export function readBindAddresses(text: string): readonly string[] | undefined {
  const addresses = splitList(text).map((entry) => {
    const address = readBindAddress(entry);
    if (address === undefined) throw new RangeError(`${quoted(entry)} is no such address`);
    return address;
  });
  if (addresses.length > mostAddresses) throw new RangeError(`more than ${mostAddresses} addresses`);
  if (new Set(addresses).size < addresses.length) throw new RangeError("one address stands there twice");
  return addresses.length > 0 ? addresses : undefined;
}

function readBindAddress(entry: string): string | undefined {
  const [, family, host = ""] = /^(?:(ipv[46])@)?(.*)$/.exec(entry) ?? [];
  if (host === "*" && family === undefined) return "*";
  if (isIpv4(host)) return family === "ipv6" ? undefined : host;
  const bare = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  if (family === "ipv4" || !isIpv6(bare)) return undefined;
  const shortest = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  // Refused, as it is an IPv4 address in another spelling, and clashes between the two would not be found.
  return shortest.startsWith("::ffff:") ? undefined : shortest;
}

/**
 * The networks of a list with white space between.
 *
 * @throws {RangeError} that names an entry which is no address and no network
 */
export function readNetworks(text: string): readonly string[] {
  return text.split(/\s+/).map((network) => {
    if (!isNetwork(network)) throw new RangeError(`${quoted(network)} is no address and no CIDR`);
    return network;
  });
}

/** Also with the mask of an IPv4 network written out (configuration manual, section 7.1.6). */
function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  if (more.length > 0) return false;
  const digits = bits === undefined ? 0 : /^\d{1,3}$/.test(bits) ? Number(bits) : undefined;
  if (isIpv4(address)) return digits === undefined ? isMask(bits!) : digits <= 32;
  return isIpv6(address) && digits !== undefined && digits <= 128;
}

function isMask(text: string): boolean {
  const octets = text.split(".").map((octet) => Number(octet).toString(2).padStart(8, "0"));
  return isIpv4(text) && /^1*0*$/.test(octets.join(""));
}
