import { findStaticOption } from "./dynamicOptions.ts";
import { endsSessions } from "./endsSessions.ts";
import type { RuntimeFacts } from "./RuntimeFacts.ts";
import { type ServerChange, serverKey } from "./ServerChange.ts";
import { isServerLine, parseServerLine, type ServerLine } from "./ServerLine.ts";
import { usesServerIds } from "./usesServerIds.ts";
import { whyNoNewServers } from "./whyNoNewServers.ts";

/** Changes of one backend, or why they need a reload. */
export type ServerPlan =
  | {
    readonly backend: string;
    readonly changes: readonly ServerChange[];
    readonly servers: readonly ServerLine[];
  }
  | { readonly why: string };

/**
 * What makes a running backend the same as another text of it.
 *
 * @param head the global parts of the configuration
 */
export function planServers(before: string, after: string, head: string, facts: RuntimeFacts): ServerPlan {
  const [old, fresh] = [partition(before), partition(after)];
  const backend = /^backend\s+(\S+)\s*$/m.exec(after)?.[1];
  if (backend === undefined) return { why: "a section that is no backend changed" };
  const need = (what: string) => ({ why: `${what} in backend ${backend}` });
  if (old.rest !== fresh.rest) return need("more than servers changed");
  if (!old.servers || !fresh.servers) return need("a server line needs HAProxy's own reading");

  const changes: ServerChange[] = [];
  for (const server of fresh.servers.values()) {
    const earlier = old.servers.get(server.name);
    if (!earlier) {
      const added = planNewServer(backend, server, after, head, facts);
      if (typeof added === "string") return need(added);
      if (added.kind === "add" && isIdTaken(added, old.servers, facts)) {
        if (usesServerIds(after, head)) {
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
    if (!fresh.servers.has(server.name)) changes.push({ kind: "remove", backend, server });
  }
  const option = endsSessions(changes, after, head);
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
  return { kind: "add", backend, server };
}

/** Whether a server that HAProxy has, but the new text of the backend does not, has the id: two of them share it rarely. */
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

/** A backend as its servers by name, undefined where one cannot be read, and the lines around them. */
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
