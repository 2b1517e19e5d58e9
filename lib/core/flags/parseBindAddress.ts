/** Where something listens. */
export interface BindAddress {
  /** `*` for every address, an IPv4 address, a host name, or an IPv6 address without brackets. */
  host: string;
  port: number;
}

/** `ADDR:PORT` as HAProxy's `bind` takes it: `*:80`, `:80`, `127.0.0.1:80`, `[::1]:80`; else undefined. */
export function parseBindAddress(text: string): BindAddress | undefined {
  const [, host = "", digits = ""] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (port < 1 || port > 65535) return undefined;
  if (host === "" || host === "*") return { host: "*", port };
  const bracketed = /^\[(.*)\]$/.exec(host)?.[1];
  if (bracketed !== undefined) return isIpv6(bracketed) ? { host: bracketed, port } : undefined;
  return isIpv4(host) || isHostName(host) ? { host, port } : undefined;
}

/** Whether `text` is a dotted IPv4 address. */
export function isIpv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((octet) => Number(octet) <= 255);
}

/** Whether `text` is an IPv6 address, without brackets or a zone. */
export function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`);
}

/** Names whose last label is a number are mistyped IPv4 addresses. */
function isHostName(text: string): boolean {
  const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
  return new RegExp(`^(?:${label}\\.)*${label}$`, "i").test(text) && !/(^|\.)\d+$/.test(text);
}
