/** Where something listens. */
export interface BindAddress {
  /** `*` for every address, an IPv4 address, a host name, or an IPv6 address without brackets. */
  host: string;
  port: number;
}

/**
 * Reads `ADDR:PORT` as HAProxy's `bind` accepts it: `*:80`, `:80`, `127.0.0.1:80`, `[::1]:80`. Undefined for anything
 * else.
 */
export function parseBindAddress(text: string): BindAddress | undefined {
  const [, host = "", digits = ""] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (port < 1 || port > 65535) return undefined;
  if (host === "" || host === "*") return { host: "*", port };
  const bracketed = /^\[(.*)\]$/.exec(host)?.[1];
  if (bracketed !== undefined) return isIpv6(bracketed) ? { host: bracketed, port } : undefined;
  return isIpv4(host) || isHostName(host) ? { host, port } : undefined;
}

/**
 * Whether `text` is a dotted IPv4 address. No octet begins with a zero, as the resolver of HAProxy would read it as
 * octal. Without a regular expression, as every answer of Marathon asks this several times for each task.
 */
export function isIpv4(text: string): boolean {
  if (text.length < 7 || text.length > 15) return false;
  let [octets, digits, value] = [1, 0, 0];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 46) {
      if (digits === 0 || ++octets > 4) return false;
      [digits, value] = [0, 0];
      continue;
    }
    if (code < 48 || code > 57 || digits > 0 && value === 0) return false;
    value = value * 10 + code - 48;
    digits++;
    if (value > 255) return false;
  }
  return octets === 4 && digits > 0;
}

/** Whether `text` is an IPv6 address, without brackets or a zone. */
export function isIpv6(text: string): boolean {
  // Every one has a colon. Without this test, each IPv4 address would be parsed as a URL.
  return text.length <= 45 && text.includes(":") && /^[0-9a-f:.]+$/i.test(text) &&
    URL.canParse(`http://[${text}]/`);
}

const hostLabel = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const hostName = new RegExp(`^(?:${hostLabel}\\.)*${hostLabel}$`, "i");

/** A name whose last label is a number is a mistyped IPv4 address. */
function isHostName(text: string): boolean {
  return text.length <= 253 && hostName.test(text) && !/(^|\.)\d+$/.test(text);
}

/**
 * One spelling for each IP address: IPv6 in its shortest form, and as IPv4 where it stands for one (RFC 4291, section 2.5.5.2).
 *
 * @param address what {@link isIpv4} or {@link isIpv6} accepts
 */
export function shortestAddress(address: string): string {
  if (isIpv4(address)) return address;
  const shortest = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shortest) ?? [];
  if (high === undefined || low === undefined) return shortest;
  return [high, low].flatMap((part) => [parseInt(part, 16) >> 8, parseInt(part, 16) & 255]).join(".");
}

/** Whether an address is one of a network in CIDR notation. An IPv4 address is in no IPv6 network, and vice versa. */
export function isInNetwork(address: string, network: string): boolean {
  const [base = "", bits] = network.split("/");
  const [a, b] = [bytesOf(address), bytesOf(base)];
  if (a.length !== b.length) return false;
  const length = bits === undefined ? a.length * 8 : Number(bits);
  return a.every((byte, index) => {
    const mask = 0xff00 >> Math.min(8, Math.max(0, length - index * 8)) & 0xff;
    return (byte & mask) === (b[index]! & mask);
  });
}

function bytesOf(address: string): number[] {
  if (isIpv4(address)) return address.split(".").map(Number);
  const [head = "", tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const words = (text: string) => text === "" ? [] : text.split(":").map((word) => parseInt(word, 16));
  const [before, after] = [words(head), words(tail ?? "")];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return all.flatMap((word) => [word >> 8, word & 255]);
}

/** Whether `text` is a network in CIDR notation, or one address. */
export function isNetwork(text: string): boolean {
  const [, address = "", bits = "0"] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  return isIpv4(address) ? Number(bits) <= 32 : isIpv6(address) && Number(bits) <= 128;
}

/** `ADDR:PORT`, also written `http://ADDR:PORT` as the reference's `--listening` was; else undefined. */
export function readListenAddress(text: string): string | undefined {
  const address = text.replace(/^http:\/\/([^/]*)\/?$/, "$1");
  return parseBindAddress(address) && address;
}
