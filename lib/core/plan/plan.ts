import { isIpv6, shortestAddress } from "../addresses.ts";
import type { ServerState } from "../haproxy/answers.ts";
import { type SocketCommand, socketCommand } from "../haproxy/socketCommand.ts";
import { type Chunk, type ConfigurationMaps, mapFiles } from "../render/configuration.ts";
import type { MapChange } from "./maps.ts";

/** The steps that bring HAProxy from its current configuration to the next, and why. */
export type Plan =
  | { readonly kind: "nothing" }
  | RuntimePlan
  | {
    readonly kind: "reload";
    /** May be computed when they are read: read them after the reload. */
    readonly reasons: readonly string[];
    /** Why runtime commands are not enough; undefined if they are not used at all. */
    readonly why?: string;
  };

/** Changes that a running HAProxy can make by commands. */
export interface RuntimePlan {
  readonly kind: "runtime";
  readonly reasons: readonly string[];
  readonly changes: readonly ServerChange[];
  /** Backends that come, without their servers, and those that go. */
  readonly arrivals: readonly BackendArrival[];
  readonly departures: readonly BackendDeparture[];
  /** What these commands leave to a later reload. */
  readonly ports: readonly PortChange[];
  readonly maps: readonly MapChange[];
  /** The servers that each changed backend has afterwards, by its name. */
  readonly backends: ReadonlyMap<string, readonly ServerLine[]>;
  /** The commands that make the changes in a worker. */
  readonly commands: readonly RuntimeCommand[];
  /** The questions that verify them: one for each of the backends, then one for each change of a map. */
  readonly questions: readonly SocketCommand[];
}

/** The parts of a `server` line that a server added at run time can have. */
export interface ServerLine {
  readonly name: string;
  /** As in the file: IPv4, or IPv6 in brackets. */
  readonly address: string;
  readonly port: number;
  /** Everything behind the address but `disabled`, as in the file. */
  readonly options: readonly string[];
  /** Whether it starts in maintenance. */
  readonly disabled: boolean;
}

const line = /^\s+server\s+(\S+)\s+(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):(\d+)((?:\s+\S+)*)\s*$/;

/** Reads a `server` line; undefined if only HAProxy can resolve it, because of quotes, variables or a host name. */
export function parseServerLine(text: string): ServerLine | undefined {
  const match = line.exec(text);
  if (!match || /["'\\$#]/.test(text)) return undefined;
  const [, name = "", address = "", port, rest = ""] = match;
  const words = rest.split(/\s+/).filter((word) => word !== "");
  const options = words.filter((word) => word !== "disabled");
  return { name, address, port: Number(port), options, disabled: options.length < words.length };
}

export function isServerLine(text: string): boolean {
  return /^\s+server\s/.test(text);
}

/** A backend that HAProxy adds (management guide, "add backend"). */
export interface BackendArrival {
  readonly backend: string;
  /** The `defaults` section that it begins from. */
  readonly body: string;
  readonly guid?: string;
}

/** A backend that no file contains any more. It is unpublished, and its servers are removed. */
export interface BackendDeparture {
  readonly backend: string;
  /** Whether HAProxy can delete it once it is idle: no frontend that it has loaded names it. */
  readonly deletable: boolean;
}

/** A frontend for a service port that comes or goes, which a reload alone can do. */
export interface PortChange {
  readonly kind: "came" | "went";
  readonly backend: string;
}

/** A piece of a configuration that differs from the earlier piece of its name or place. */
export type DifferingPair = readonly [before: Chunk, after: Chunk];

/** What has to happen to one server of the running HAProxy. */
export type ServerChange =
  /** It is new. */
  | { readonly kind: "add"; readonly backend: string; readonly server: ServerLine }
  /** Marathon says that it is healthy: it is up as if its check had passed. */
  | { readonly kind: "healthy"; readonly backend: string; readonly server: ServerLine }
  /** It was removed since the last load and is in maintenance; now it is needed again, unchanged. */
  | { readonly kind: "return"; readonly backend: string; readonly server: ServerLine }
  /** It is no longer in the file. It finishes its sessions and stays in maintenance until the next load removes it. */
  | { readonly kind: "remove"; readonly backend: string; readonly server: RemovedServer }
  /** It drains: it gets no new traffic, as with `disabled` in a file. */
  | { readonly kind: "disable"; readonly backend: string; readonly server: ServerLine }
  | { readonly kind: "enable"; readonly backend: string; readonly server: ServerLine };

/** A server that is in no file any more. */
export interface RemovedServer extends ServerLine {
  /** HAProxy can delete it once it has no connection, and add it again later. */
  readonly deletable?: true;
}

/** A key for a server of one HAProxy. */
export function serverKey(backend: string, { name }: Pick<ServerLine, "name">): string {
  return `${backend}/${name}`;
}

/** What runtime commands can do in this HAProxy. */
export interface RuntimeAbilities {
  /** Whether they can add servers with a cookie (HAProxy 3.0 and later). */
  readonly dynamicCookies: boolean;
  /** Whether removed servers can be deleted (from HAProxy 3.0 on); by default they cannot. */
  readonly deletesServers?: boolean;
  /** Whether backends can be added and deleted (from HAProxy 3.4 on); by default they cannot. */
  readonly addsBackends?: boolean;
  /** Directory of the maps, as the configuration names it. */
  readonly haproxyDir: string;
}

/** What a plan needs to know about the running HAProxy. */
export interface RuntimeFacts extends RuntimeAbilities {
  /** Servers that are in no file any more and wait in maintenance, by `serverKey`. */
  readonly leftovers: ReadonlyMap<string, RemovedServer>;
  /** The bodies that HAProxy has loaded, by name; undefined where it cannot add backends. */
  readonly bodies?: ReadonlySet<string>;
  /** Backends that are in no file any more and wait for their deletion, by name. */
  readonly gone?: { has(backend: string): boolean };
  /** Whether the frontends for service ports may come and go by a later reload. */
  readonly delaysPorts?: boolean;
  /** Those that do. */
  readonly waiting?: readonly PortChange[];
  /** Whether it is time for that reload. */
  readonly portsDue?: boolean;
}

/** The files of HAProxy on disk: the texts of the configuration and of the maps beside it. */
export interface ConfigurationFiles {
  readonly text: string;
  /** The pieces of `text`, if it consists of pieces. Those of a large one are compared and written one by one. */
  readonly chunks?: readonly { readonly text: string }[];
  readonly maps: ConfigurationMaps;
}

/** Whether two sets of files are equal, byte by byte. If both consist of pieces, the pieces have to be equal. */
export function sameFiles(a: ConfigurationFiles, b: ConfigurationFiles): boolean {
  return sameText(a, b) && changedMaps(a, b).length === 0;
}

/** Whether two configurations are equal, apart from their maps. */
export function sameText(a: ConfigurationFiles, b: ConfigurationFiles): boolean {
  if (!a.chunks || !b.chunks) return a.text === b.text;
  const other = b.chunks;
  return a.chunks.length === other.length &&
    a.chunks.every(({ text }, index) => text === other[index]!.text);
}

/** The names of the maps that differ. */
export function changedMaps(
  a: Pick<ConfigurationFiles, "maps">,
  b: Pick<ConfigurationFiles, "maps">,
): string[] {
  return mapFiles.filter((file) => (a.maps[file] ?? "") !== (b.maps[file] ?? ""));
}

/** One command for a worker of HAProxy, and the beginning of a good answer; empty for no answer at all. */
export interface RuntimeCommand {
  readonly text: SocketCommand;
  readonly expect: string;
}

/** Servers of a file pool idle connections; servers added at run time would not (management guide, "add server"). */
const pooling = ["pool-max-conn", "-1", "pool-purge-delay", "5s"];

/**
 * The commands of a plan, in their order: a map leads to backends only while they exist.
 *
 * @param haproxyDir directory of the maps, as the configuration names it
 * @throws {UnfitForSocket} when a command cannot express something in the plan
 */
export function runtimeCommands(
  { changes, arrivals = [], departures = [], maps }:
    & Pick<RuntimePlan, "changes" | "maps">
    & Partial<Pick<RuntimePlan, "arrivals" | "departures">>,
  haproxyDir: string,
): RuntimeCommand[] {
  const isGone = new Set(departures.map(({ backend }) => backend));
  // Additions come first, so that a backend whose only server moves always has one.
  const coming = changes.filter(({ kind }) => kind !== "remove" && kind !== "disable");
  const going = changes.filter(({ kind }) => kind === "remove" || kind === "disable");
  const [leaving, staying] = [true, false].map((left) =>
    going.filter(({ backend }) => isGone.has(backend) === left)
  );
  return [
    ...addCommands(arrivals),
    ...coming.flatMap(serverCommands),
    ...arrivals.map(({ backend }): RuntimeCommand => ({
      text: socketCommand`publish backend ${backend}`,
      expect: "Backend published.",
    })),
    ...staying!.flatMap(serverCommands),
    ...maps.map((change) => mapCommand(change, haproxyDir)),
    ...departures.map(({ backend }): RuntimeCommand => ({
      text: socketCommand`unpublish backend ${backend}`,
      expect: "Backend unpublished.",
    })),
    ...leaving!.flatMap(serverCommands),
  ];
}

/** Without this, HAProxy 3.4 neither adds nor deletes backends. It holds for the connection. */
export const experimentalMode = socketCommand`experimental-mode on`;

function addCommands(arrivals: readonly BackendArrival[]): RuntimeCommand[] {
  if (arrivals.length === 0) return [];
  return [
    { text: experimentalMode, expect: "" },
    ...arrivals.map(({ backend, body, guid }): RuntimeCommand => ({
      text: socketCommand`add backend ${backend} from ${body} ${guid === undefined ? [] : ["guid", guid]}`,
      expect: "New backend registered.",
    })),
  ];
}

function serverCommands(change: ServerChange): RuntimeCommand[] {
  const { kind, backend, server: { name, address, port, options, disabled } } = change;
  const quiet = (text: SocketCommand): RuntimeCommand => ({ text, expect: "" });
  if (kind === "remove" || kind === "disable") {
    return [quiet(socketCommand`set server ${backend}/${name} state maint`)];
  }
  if (kind === "enable" || kind === "return" && !disabled) {
    return [quiet(socketCommand`set server ${backend}/${name} state ready`)];
  }
  if (kind === "healthy") return [quiet(socketCommand`set server ${backend}/${name} health up`)];
  if (kind === "return") return [];
  const words = [...options, ...options.some((word) => word.startsWith("pool-")) ? [] : pooling];
  const commands: RuntimeCommand[] = [{
    text: socketCommand`add server ${backend}/${name} ${`${address}:${port}`} ${words}`,
    expect: "New server registered.",
  }];
  if (!disabled) commands.push(quiet(socketCommand`enable server ${backend}/${name}`));
  if (options.includes("check")) commands.push(quiet(socketCommand`enable health ${backend}/${name}`));
  return commands;
}

function mapCommand({ file, kind, key, value }: MapChange, haproxyDir: string): RuntimeCommand {
  const map = `${haproxyDir}/${file}`;
  if (kind === "del") return { text: socketCommand`del map ${map} ${key}`, expect: "" };
  return { text: socketCommand`${kind} map ${map} ${key} ${value}`, expect: "" };
}

/**
 * The questions whose answers show whether a worker has executed a plan: one for each backend, then one for each change
 * of a map.
 *
 * @throws {UnfitForSocket} as `runtimeCommands`
 */
export function runtimeQuestions(
  { backends, maps }: Pick<RuntimePlan, "backends" | "maps">,
  haproxyDir: string,
): SocketCommand[] {
  return [
    ...[...backends.keys()].map((backend) => socketCommand`show servers state ${backend}`),
    ...maps.map(({ file, key }) => socketCommand`get map ${`${haproxyDir}/${file}`} ${key}`),
  ];
}

/**
 * The difference between the state of a backend and the file, after changes to it; undefined if there is none.
 * Unchanged servers may be in maintenance, as an operator may have put them there.
 *
 * @param servers those that the file names
 * @param changes of this backend
 */
export function findDisagreement(
  state: readonly ServerState[],
  servers: readonly ServerLine[],
  changes: readonly ServerChange[],
): string | undefined {
  const running = new Map(state.map((server) => [server.name, server]));
  for (const { name, address, port } of servers) {
    const found = running.get(name);
    if (!found) return `server ${name} is missing`;
    if (!isSameAddress(found.address, address) || found.port !== port) {
      return `server ${name} is at ${found.address}:${found.port} instead of ${address}:${port}`;
    }
  }
  for (const { kind, server: { name, disabled } } of changes) {
    const rests = kind === "remove" || disabled;
    if ((running.get(name)?.inMaintenance ?? rests) !== rests) {
      return `server ${name} is ${rests ? "not " : ""}in maintenance`;
    }
  }
  return undefined;
}

/** @param found without brackets, as HAProxy writes addresses in states */
function isSameAddress(found: string, address: string): boolean {
  if (!address.startsWith("[")) return found === address;
  return isIpv6(found) && shortestAddress(found) === shortestAddress(address.slice(1, -1));
}
