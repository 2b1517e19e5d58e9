import {
  type BindAddress,
  countPorts,
  mostPorts,
  parseBindLine,
  parseBindRanges,
} from "../haproxy/parseBindLine.ts";
import type { Service } from "../model/Service.ts";
import type { Configuration } from "../render/Configuration.ts";

/** A port that HAProxy would have to open, and the service that wants it; none for a port that all share. */
export interface NewBind {
  readonly address: BindAddress;
  /** Where, counted from 1. */
  readonly line: number;
  readonly service?: Service;
  /** Set where the service asks for more ports than any may have; it is the first of them. */
  readonly excessive?: true;
}

/**
 * The ports in the next configuration that HAProxy does not hold yet, each once. Those it holds need no test: a new
 * worker gets them from the old one.
 *
 * @param held the text of the configuration that HAProxy runs; empty when it does not
 */
export function newBinds(held: string, { chunks }: Pick<Configuration, "chunks">): NewBind[] {
  const known = new Set(held.split("\n").flatMap(bindsOf).map(keyOf));
  const found: NewBind[] = [];
  let next = 1;
  for (const { text, service } of chunks) {
    const lines = text.split("\n");
    const excess = service && findExcess(lines);
    if (excess) found.push({ address: excess.address, line: next + excess.index, service, excessive: true });
    for (const [index, content] of excess ? [] : lines.entries()) {
      for (const address of bindsOf(content)) {
        const key = keyOf(address);
        if (!known.has(key)) found.push({ address, line: next + index, service });
        known.add(key);
      }
    }
    next += lines.length - 1;
  }
  return found;
}

/** The first line of a service that asks for ports, where all of them together ask for too many. */
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

/** Most lines are none, in a file that may have a hundred thousand. */
function bindsOf(line: string): BindAddress[] {
  return line.includes("bind") ? parseBindLine(line) : [];
}

function keyOf({ host, port, ipv6Only }: BindAddress): string {
  return `${host} ${port} ${ipv6Only}`;
}
