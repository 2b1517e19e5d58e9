import { type BindAddress, parseBindLine } from "../haproxy/parseBindLine.ts";
import type { Service } from "../model/Service.ts";
import type { Configuration } from "../render/Configuration.ts";

/** A port that HAProxy would have to open, and the service that wants it; none for a port that all share. */
export interface NewBind {
  readonly address: BindAddress;
  /** Where, counted from 1. */
  readonly line: number;
  readonly service?: Service;
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
    for (const [index, content] of lines.entries()) {
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

/** Most lines are none, in a file that may have a hundred thousand. */
function bindsOf(line: string): BindAddress[] {
  return line.includes("bind") ? parseBindLine(line) : [];
}

function keyOf({ host, port, ipv6Only }: BindAddress): string {
  return `${host} ${port} ${ipv6Only}`;
}
