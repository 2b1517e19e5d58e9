import type { CheckMessage, CheckStage } from "../haproxy/messages.ts";
import { backendName, type Service } from "../model/service.ts";
import type { Chunk, Configuration } from "../render/configuration.ts";
import { parseBindLine } from "./binds.ts";

/** The services that a refusal of HAProxy is about, each with HAProxy's first message about it. */
export type Blame = ReadonlyMap<Service, string>;

/**
 * Finds the services at fault in HAProxy's messages about a configuration. A message that names a line leads to the
 * services that wrote it; any other leads there by the names of sections in its text.
 *
 * @param services all services of the configuration
 */
export function blame(
  messages: readonly CheckMessage[],
  { chunks }: Pick<Configuration, "chunks">,
  services: readonly Service[],
): Blame {
  const owners = findOwners(chunks);
  const byName = new Map(services.map((service) => [backendName(service), service]));
  const blamed = new Map<Service, string>();
  for (const { severity, line, message } of messages) {
    if (severity !== "alert") continue;
    const written = line === undefined ? [] : owners(line);
    const service = written.length > 0 ? undefined : namedIn(message, byName);
    for (const one of service ? [service] : written) if (!blamed.has(one)) blamed.set(one, message);
  }
  return blamed;
}

/**
 * HAProxy quotes sections by name, servers as `section/server`, and userlists by the names that this program gives
 * them.
 */
function namedIn(message: string, byName: ReadonlyMap<string, Service>): Service | undefined {
  for (const [, quoted = ""] of message.matchAll(/'([^']+)'/g)) {
    const name = quoted.replace(/^(?:frontend|backend|proxy|server|userlist)\s+/i, "").split("/")[0]!;
    const service = byName.get(name) ?? byName.get(name.replace(/^user_/, "").replace(/_in$/, ""));
    if (service) return service;
  }
  return undefined;
}

/** As HAProxy 2.5 and later report a listener that does not start: `Binding [haproxy.cfg:12] for frontend x: …`. */
const complaint = /\bBinding \[[^\]]*:(\d+)\] [^;]*/g;

/**
 * Finds the services whose ports or sockets HAProxy cannot bind, from its messages at a failed start or reload.
 * `haproxy -c` does not find them, because it opens neither ports nor Unix sockets. A port that another process has
 * opened meanwhile is left out. The test of new ports finds it next time, and also notices when it is free again.
 *
 * @param said HAProxy's alerts on one line, separated by semicolons
 */
export function blameBinds(said: string, { text, chunks }: Pick<Configuration, "text" | "chunks">): Blame {
  const owners = findOwners(chunks);
  const lines = text.split("\n");
  const blamed = new Map<Service, string>();
  for (const [message, line] of said.matchAll(complaint)) {
    const isTested = parseBindLine(lines[Number(line) - 1] ?? "").length > 0;
    if (isTested && message.includes("(Address already in use)")) continue;
    for (const service of owners(Number(line))) if (!blamed.has(service)) blamed.set(service, message.trim());
  }
  return blamed;
}

/**
 * Makes a function from a line of the configuration, counted from 1, to the services that wrote it. A line of a body
 * comes from all services that begin from it. None wrote the lines that all share.
 */
export function findOwners(chunks: readonly Chunk[]): (line: number) => Service[] {
  const starts: number[] = [];
  let next = 1;
  for (const { text } of chunks) {
    starts.push(next);
    next += text.split("\n").length - 1;
  }
  return (line) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= line) low = middle + 1;
      else high = middle;
    }
    const chunk = chunks[low - 1];
    if (chunk?.service) return [chunk.service];
    return chunk?.body === undefined
      ? []
      : chunks.flatMap(({ body, service }) => service && body === chunk.body ? service : []);
  };
}

/** The messages of HAProxy 2.4 to 3.2 about what it cannot load: certificates, keys, CA and CRL files, maps. */
const complaints = [
  /\bunable to (?:load|stat|open|read)\b/i,
  /\b(?:can't|cannot|couldn't|could not|failed to) (?:open|load|stat|read)\b/i,
  /\bno private key found\b/i,
  /\binconsistencies between private key and certificate\b/i,
];

/** Whether an alert of `haproxy -c` is about a file that the configuration names, and not about its text. */
export function isFileFault(message: string): boolean {
  return complaints.some((complaint) => complaint.test(message));
}

/**
 * The services on which HAProxy has not decided yet when it refuses a configuration. It stops reading at some errors.
 * It checks sections only when it has read all lines, and resolves addresses only when all sections are right.
 *
 * Only services that may well be wrong there count:
 * - those with templates of their own,
 * - those with addresses for an ACL, where HAProxy stops reading at a mistake,
 * - those with a vhost for TCP, whose backend no HTTP frontend can use.
 *
 * @param stage where HAProxy stopped
 * @param lastLine the last line it complained about
 */
export function mayStillFail(
  chunks: readonly Chunk[],
  stage: CheckStage,
  lastLine: number,
): Set<Service> {
  const services = new Set<Service>();
  if (stage === "start") return services;
  let line = 1;
  for (const { text, service } of chunks) {
    const unread = stage === "parse" && line > lastLine;
    line += text.split("\n").length - 1;
    if (!service) continue;
    const { templates, labels, mode } = service;
    if (
      unread && (templates.size > 0 || labels.BACKEND_NETWORK_ALLOWED_ACL) ||
      stage === "parse" && mode === "tcp" && labels.VHOST ||
      templates.has("BACKEND_SERVER_OPTIONS")
    ) services.add(service);
  }
  return services;
}
