import { parseBindLine } from "../haproxy/parseBindLine.ts";
import type { Service } from "../model/Service.ts";
import type { Configuration } from "../render/Configuration.ts";
import type { Blame } from "./blame.ts";
import { findOwner } from "./findOwner.ts";

/** As HAProxy 2.5 and later tell of a listener that does not start: `Binding [haproxy.cfg:12] for frontend x: …`. */
const complaint = /\bBinding \[[^\]]*:(\d+)\] [^;]*/g;

/**
 * Which services ask for what cannot be bound, by what HAProxy said when it failed to start or to reload: `haproxy -c`
 * opens neither ports nor Unix sockets. A port that somebody took in the meantime is left out, as the test of new ports
 * finds it the next time, and notices when it is free again.
 *
 * @param said HAProxy's alerts on one line, separated by semicolons
 */
export function blameBinds(said: string, { text, chunks }: Pick<Configuration, "text" | "chunks">): Blame {
  const owner = findOwner(chunks);
  const lines = text.split("\n");
  const blamed = new Map<Service, string>();
  for (const [message, line] of said.matchAll(complaint)) {
    const isTested = parseBindLine(lines[Number(line) - 1] ?? "").length > 0;
    if (isTested && message.includes("(Address already in use)")) continue;
    const service = owner(Number(line));
    if (service && !blamed.has(service)) blamed.set(service, message.trim());
  }
  return blamed;
}
