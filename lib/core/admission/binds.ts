import type { Service } from "../model/service.ts";
import type { Configuration } from "../render/configuration.ts";

/** A port that HAProxy would have to open, and the service that asks for it; none for a port of all services. */
export interface NewBind {
  readonly address: BindAddress;
  /** Where, counted from 1. */
  readonly line: number;
  readonly service?: Service;
  /** Set where the service asks for more ports than any may have; it is the first of them. */
  readonly excessive?: true;
}

/**
 * The ports in the next configuration that HAProxy does not hold yet, each once. Ports that it holds need no test, as a
 * new worker gets them from the old one.
 *
 * @param held the text of the configuration that HAProxy runs, in pieces of whole lines; empty when it does not run
 */
export function newBinds(
  held: readonly string[],
  { chunks }: Pick<Configuration, "chunks">,
): NewBind[] {
  const asked = new Set<string>();
  const found: NewBind[] = [];
  let next = 1;
  for (const { text, service } of chunks) {
    const lines = text.split("\n");
    const excess = service && findExcess(lines);
    if (excess) found.push({ address: excess.address, line: next + excess.index, service, excessive: true });
    for (const [index, content] of excess ? [] : lines.entries()) {
      for (const address of bindsOf(content)) {
        const key = keyOf(address);
        if (!asked.has(key)) found.push({ address, line: next + index, service });
        asked.add(key);
      }
    }
    next += lines.length - 1;
  }
  if (asked.size === 0) return found;
  const known = heldAmong(held, new Set(found.map(({ address }) => address.port)));
  return found.filter(({ address, excessive }) => excessive || !known.has(keyOf(address)));
}

/**
 * The addresses that HAProxy holds, at least those with these ports. It runs ten thousand `bind` lines when one app is
 * new: to parse them all would take longer than HAProxy takes for the new app.
 */
function heldAmong(held: readonly string[], ports: ReadonlySet<number>): Set<string> {
  const known = new Set<string>();
  for (const text of held) {
    let from = 0;
    while ((from = text.indexOf("bind", from)) !== -1) {
      const begin = text.lastIndexOf("\n", from) + 1;
      const end = text.indexOf("\n", from);
      const line = text.slice(begin, end === -1 ? text.length : end);
      from = begin + line.length;
      if (mayHold(line, ports)) { for (const address of parseBindLine(line)) known.add(keyOf(address)); }
    }
  }
  return known;
}

/** Whether one of the ports stands in the line, or any range. */
function mayHold(line: string, ports: ReadonlySet<number>): boolean {
  for (const [, port, range] of line.matchAll(/:(\d+)(-?)/g)) {
    if (range || ports.has(Number(port))) return true;
  }
  return false;
}

/** The first line with ports of a service that asks for too many of them in all. */
function findExcess(lines: readonly string[]): { address: BindAddress; index: number } | undefined {
  let asked = 0;
  let first: { address: BindAddress; index: number } | undefined;
  for (const [index, line] of lines.entries()) {
    const ranges = line.includes("bind") ? parseBindRanges(line) : [];
    asked += countPorts(ranges);
    const [range] = ranges;
    if (range) first ??= { address: { host: range.host, port: range.low, ipv6Only: range.ipv6Only }, index };
  }
  return asked > mostPorts ? first : undefined;
}

/** The ports of a line, after a fast test: a file may have a hundred thousand lines, few of them binds. */
function bindsOf(line: string): BindAddress[] {
  return line.includes("bind") ? parseBindLine(line) : [];
}

function keyOf({ host, port, ipv6Only }: BindAddress): string {
  return `${host} ${port} ${ipv6Only}`;
}

/** One TCP port that a `bind` line asks for. */
export interface BindAddress {
  /** An IP address, with `0.0.0.0` for all of version 4 and `::` for all of version 6. */
  readonly host: string;
  readonly port: number;
  /** Whether `::` accepts IPv6 only. */
  readonly ipv6Only: boolean;
}

/** Settings that change which port is meant, or that make a port one that HAProxy may open but this process may not. */
const elsewhere = new Set(["interface", "namespace", "transparent"]);
const ipv4 = /^\d+\.\d+\.\d+\.\d+$/;

/** The number of ports of one address. A line may repeat them a thousand times, which would fill the memory. */
export const mostPorts = 65_535;

/**
 * The TCP ports of one line of the configuration, one by one, as `parseBindRanges` finds them. Empty for a line with
 * more than `mostPorts` of them.
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
 * HAProxy's configuration manual). Empty for any other line. Leaves out what only HAProxy can resolve: Unix sockets,
 * other protocols, inherited file descriptors, variables, host names.
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
