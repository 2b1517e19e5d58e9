import {
  type ConfigurationFiles,
  isServerLine,
  parseServerLine,
  type RemovedServer,
  type RuntimeFacts,
  type ServerChange,
  serverKey,
  type ServerLine,
} from "./plan.ts";

/** Changes of one backend, or why they need a reload. */
export type ServerPlan =
  | {
    readonly backend: string;
    readonly changes: readonly ServerChange[];
    readonly servers: readonly ServerLine[];
  }
  | { readonly why: string };

/**
 * The changes that turn a running backend into another text of it.
 *
 * @param head the global parts of the configuration
 * @param body the section that the backend begins from, if it does
 */
export function planServers(
  before: string,
  after: string,
  head: string,
  facts: RuntimeFacts,
  body = "",
): ServerPlan {
  const [old, fresh] = [partition(before), partition(after)];
  const backend = /^backend\s+(\S+)(?:\s+from\s+\S+)?\s*$/m.exec(after)?.[1];
  const section = body + after;
  if (backend === undefined) return { why: "a section that is no backend changed" };
  const need = (what: string) => ({ why: `${what} in backend ${backend}` });
  if (old.rest !== fresh.rest) return need("more than servers changed");
  if (!old.servers || !fresh.servers) return need("a server line needs HAProxy's own reading");

  const changes: ServerChange[] = [];
  for (const server of fresh.servers.values()) {
    const earlier = old.servers.get(server.name);
    if (!earlier) {
      const added = planNewServer(backend, server, section, head, facts);
      if (typeof added === "string") return need(added);
      if (added.kind === "add" && isIdTaken(added, old.servers, facts)) {
        if (usesServerIds(section, head)) {
          return need(`a removed server still has the id of server ${server.name}`);
        }
        changes.push({ ...added, server: { ...server, options: withoutPair(server.options, "id") } });
      } else changes.push(added);
    } else if (!sameDefinition(earlier, server)) return need(`server ${server.name} changed`);
    else if (earlier.disabled !== server.disabled) {
      changes.push({ kind: server.disabled ? "disable" : "enable", backend, server });
    }
  }
  for (const server of old.servers.values()) {
    if (fresh.servers.has(server.name)) continue;
    const isDeletable = facts.deletesServers && canBeAdded(backend, server, section, head, facts);
    changes.push({ kind: "remove", backend, server: isDeletable ? { ...server, deletable: true } : server });
  }
  const option = endsSessions(changes, section, head);
  if (option !== undefined) return need(`${option} would end requests`);
  return { backend, changes, servers: [...fresh.servers.values()] };
}

function planNewServer(
  backend: string,
  server: ServerLine,
  section: string,
  head: string,
  { leftovers, dynamicCookies }: RuntimeFacts,
): ServerChange | string {
  const leftover = leftovers.get(serverKey(backend, server));
  if (leftover) {
    return sameDefinition(leftover, server)
      ? { kind: "return", backend, server }
      : `server ${server.name} comes back as another one`;
  }
  const obstacle = whyNoNewServers(section, head);
  if (obstacle !== undefined) return obstacle;
  const words = dynamicCookies ? withoutPair(server.options, "cookie") : server.options;
  const option = findStaticOption(words);
  if (option !== undefined) return `a server with ${option} cannot be added at run time`;
  const inherited = findInheritedCheck(words);
  if (inherited !== undefined) {
    return `the check of a server with ${inherited} is another one when it is added at run time`;
  }
  return { kind: "add", backend, server };
}

/** Whether a server can be added at run time. One that cannot would return by a reload alone after it was deleted. */
function canBeAdded(
  backend: string,
  server: ServerLine,
  section: string,
  head: string,
  facts: RuntimeFacts,
): boolean {
  return typeof planNewServer(backend, server, section, head, { ...facts, leftovers: new Map() }) !==
    "string";
}

/**
 * Whether the id belongs to a server that HAProxy has, but the new text of the backend does not. It rarely happens that
 * two share an id.
 */
function isIdTaken(
  { backend, server }: ServerChange,
  old: ReadonlyMap<string, ServerLine>,
  { leftovers }: RuntimeFacts,
): boolean {
  const id = idOf(server);
  if (id === undefined) return false;
  if ([...old.values()].some((one) => idOf(one) === id)) return true;
  for (const [key, one] of leftovers) {
    if (idOf(one) === id && key === serverKey(backend, one)) return true;
  }
  return false;
}

function idOf({ options }: ServerLine): string | undefined {
  const index = options.indexOf("id");
  return index < 0 ? undefined : options[index + 1];
}

function withoutPair(options: readonly string[], option: string): string[] {
  const index = options.indexOf(option);
  return index < 0 ? [...options] : options.toSpliced(index, 2);
}

function sameDefinition(a: ServerLine, b: ServerLine): boolean {
  return a.address === b.address && a.port === b.port && a.options.join(" ") === b.options.join(" ");
}

/** The servers of a backend by name, undefined for an unreadable one, and the lines around them. */
function partition(section: string): { servers: Map<string, ServerLine> | undefined; rest: string } {
  const lines = section.split("\n");
  const servers = lines.filter(isServerLine).map(parseServerLine);
  return {
    servers: servers.includes(undefined)
      ? undefined
      : new Map(servers.map((server) => [server!.name, server!])),
    rest: lines.filter((line) => !isServerLine(line)).join("\n"),
  };
}

/**
 * The options of a `server` line that a server added at run time may have, and that mean the same there (management
 * guide, "add server"). Each has the number of words behind it.
 */
export const dynamicOptions: ReadonlyMap<string, number> = new Map([
  ["addr", 1],
  ["alpn", 1],
  ["backup", 0],
  ["ca-file", 1],
  ["check", 0],
  ["check-alpn", 1],
  ["check-proto", 1],
  ["check-send-proxy", 0],
  ["check-sni", 1],
  ["check-ssl", 0],
  ["crt", 1],
  ["downinter", 1],
  ["error-limit", 1],
  ["fall", 1],
  ["fastinter", 1],
  ["guid", 1],
  ["id", 1],
  ["inter", 1],
  ["maxconn", 1],
  ["maxqueue", 1],
  ["minconn", 1],
  ["no-check-sni-auto", 0],
  ["no-sni-auto", 0],
  ["observe", 1],
  ["on-error", 1],
  ["on-marked-down", 1],
  ["on-marked-up", 1],
  ["pool-low-conn", 1],
  ["pool-max-conn", 1],
  ["pool-purge-delay", 1],
  ["port", 1],
  ["proto", 1],
  ["rise", 1],
  ["send-proxy", 0],
  ["send-proxy-v2", 0],
  ["sni", 1],
  ["ssl", 0],
  ["verify", 1],
  ["verifyhost", 1],
  ["weight", 1],
]);

/** The first option that a server added at run time cannot have; undefined when there is none. */
export function findStaticOption(options: readonly string[]): string | undefined {
  for (let index = 0; index < options.length; index++) {
    const name = options[index]!;
    const words = dynamicOptions.get(name);
    if (words === undefined) return name;
    index += words;
  }
  return undefined;
}

/**
 * Options of a server in a file that its check inherits unless it has an address or port of its own. Each has the
 * option that sets the same explicitly.
 */
const inheritedByChecks: ReadonlyMap<string, string> = new Map([
  ["ssl", "check-ssl"],
  ["send-proxy", "check-send-proxy"],
  ["send-proxy-v2", "check-send-proxy"],
]);

/** The option that a server's check has in a file, but not when the server is added at run time (HAProxy 2.6). */
function findInheritedCheck(options: readonly string[]): string | undefined {
  const has = (option: string) => options.includes(option);
  if (!has("check") || has("port") || has("addr")) return undefined;
  return [...inheritedByChecks].find(([option, explicit]) => has(option) && !has(explicit))?.[0];
}

/**
 * The last `balance` of a backend, or of the `defaults` it inherits; undefined if there is none.
 *
 * @param section the whole backend
 * @param head the global parts of the configuration
 */
export function effectiveBalance(section: string, head: string): string | undefined {
  return lastBalance(section) ?? lastBalance(head);
}

function lastBalance(text: string): string | undefined {
  return [...text.matchAll(/^\s+balance[ \t]+(\S+)/gm)].at(-1)?.[1];
}

const inDefaults = /^\s+default-server\s.*\bon-marked-(?:down|up)\s/m;

/**
 * The option by which HAProxy would end open sessions when it applies a change at run time (configuration manual,
 * section 5.2). It is `on-marked-down` when a server goes, and `on-marked-up` when one comes. After a reload, the old
 * worker lets them finish. Undefined where there is none.
 *
 * @param section the whole backend
 * @param head the global parts of the configuration, whose `defaults` it inherits
 */
export function endsSessions(
  changes: readonly ServerChange[],
  section: string,
  head: string,
): string | undefined {
  if (changes.length > 0 && [section, head].some((text) => inDefaults.test(text))) return "default-server";
  for (const { kind, server } of changes) {
    const option = kind === "remove" || kind === "disable" ? "on-marked-down" : "on-marked-up";
    if (server.options.includes(option)) return option;
  }
  return undefined;
}

const indifferent = /^(?:roundrobin|leastconn|random(?:\(.*\))?)$/;

/**
 * Whether the ids of servers may decide where a request goes: in a hash, in a stick table, as the order of
 * `balance first`. Otherwise they only name servers in statistics (configuration manual, `id` of servers).
 *
 * @param section the whole backend
 * @param head the global parts of the configuration, whose `defaults` it inherits
 */
export function usesServerIds(section: string, head: string): boolean {
  const balance = effectiveBalance(section, head);
  return balance !== undefined && !indifferent.test(balance) || /^\s+stick/m.test(section) ||
    /srv_id|srv-id/.test(section);
}

const consistent = /^\s+hash-type\s+consistent\b/m;
const dynamicBalance = /^(?:roundrobin|leastconn|first|random(?:\(.*\))?)$/;

/**
 * Why servers that are added to a backend at run time would differ from those in the file (management guide, "add
 * server"). Undefined when they would not.
 *
 * @param section the whole backend
 * @param head the global parts of the configuration, whose `defaults` it inherits
 */
export function whyNoNewServers(section: string, head: string): string | undefined {
  if (/^\s+default-server\s/m.test(section) || /^\s+default-server\s/m.test(head)) {
    return "default-server does not count for servers that are added at run time";
  }
  const balance = effectiveBalance(section, head);
  if (balance !== undefined && !dynamicBalance.test(balance) && !consistent.test(section)) {
    return `balance ${balance} accepts no servers at run time`;
  }
  return undefined;
}

/** The servers that a configuration starts in maintenance (`disabled`), by `serverKey`. */
export function restingServers(files: Pick<ConfigurationFiles, "text" | "chunks">): string[] {
  // A fast test first: a backend is one piece, and few contain any.
  const pieces = files.chunks?.map(({ text }) => text) ?? [files.text];
  return pieces.flatMap((text) => text.includes("disabled") ? restingIn(text) : []);
}

function restingIn(text: string): string[] {
  const resting: string[] = [];
  let backend = "";
  for (const line of text.split("\n")) {
    if (/^[a-z]/.test(line)) backend = line.split(/\s+/)[1] ?? "";
    else if (line.includes("disabled") && isServerLine(line)) {
      const [name = "", ...words] = line.trim().split(/\s+/).slice(1);
      if (words.includes("disabled")) resting.push(serverKey(backend, { name }));
    }
  }
  return resting;
}

/** The servers that no file contains any more but that are still in HAProxy, after some changes. */
export function nextLeftovers(
  leftovers: ReadonlyMap<string, RemovedServer>,
  changes: readonly ServerChange[],
): Map<string, RemovedServer> {
  const next = new Map(leftovers);
  for (const { kind, backend, server } of changes) {
    if (kind === "remove") next.set(serverKey(backend, server), server);
    if (kind === "return") next.delete(serverKey(backend, server));
  }
  return next;
}
