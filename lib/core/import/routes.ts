import { isObject, type JsonObject, listOf, objectOf, textOf } from "../json.ts";
import { readNetworkingMode } from "../marathon/app.ts";
import { quoted } from "../text.ts";

/** An app as an import sees it. */
export interface EdgeApp {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The names of its service ports, in the order of the indices of labels; undefined for one without a name. */
  readonly ports: readonly (string | undefined)[];
}

/** How Edge-LB speaks to clients, and to tasks. */
export type EdgeProtocol = "HTTP" | "HTTPS" | "TCP" | "TLS";

/** A listener of Edge-LB. */
export interface EdgeFrontend {
  readonly protocol: EdgeProtocol;
  readonly port: number;
  /** The address it listens at; undefined for all. */
  readonly address?: string;
  /** Whether all its requests are redirected to HTTPS. */
  readonly redirects: boolean;
}

/** What Edge-LB does on the way to the tasks. */
export interface EdgeBackend {
  /** What sets it, for messages: the beginning of labels, or the path of the member. */
  readonly subject: string;
  readonly protocol: EdgeProtocol;
  readonly balance?: string;
  readonly sticky: boolean;
  /** The prefix of paths that is removed from requests. */
  readonly prefix?: string;
  /** Whether that prefix is put before the paths of `Location` headers. */
  readonly rewritesLocation: boolean;
}

/** Requests to a listener that Edge-LB sends to one service of an app. */
export interface EdgeRoute {
  readonly app: EdgeApp;
  /** The index of the service in labels. */
  readonly index: number;
  readonly frontend: EdgeFrontend;
  readonly backend: EdgeBackend;
  /** In lower case, or a wildcard such as `*.example.com`; undefined for every host. */
  readonly host?: string;
  /** The beginning of the path; undefined for every path. */
  readonly path?: string;
  /** The label or the member that asks for it, for messages. */
  readonly subject: string;
}

/** A label or a member that an import does not carry over as it is. */
export interface Untranslated {
  /** `lost`: no label does it. `differs`: it is carried over, with another effect in some cases. */
  readonly kind: "lost" | "differs";
  /** The app; undefined for what concerns a whole pool. */
  readonly app?: string;
  /** The name of the label, or the path of the member with the name of its pool. */
  readonly subject: string;
  /** The reason, as a clause. */
  readonly why: string;
}

/** What a source, labels or a pool, asks for. */
export interface EdgeRoutes {
  readonly routes: readonly EdgeRoute[];
  readonly untranslated: readonly Untranslated[];
}

/** Reads an app's definition. Its id has to be valid. */
export function readEdgeApp(value: JsonObject): EdgeApp {
  const labels = Object.entries(objectOf(value.labels)).filter((entry): entry is [string, string] =>
    typeof entry[1] === "string"
  );
  return { id: textOf(value.id) ?? "", labels: Object.fromEntries(labels), ports: portNames(value) };
}

/** The names of ports, in the order in which the model numbers services (`servicePorts`). */
function portNames(value: JsonObject): (string | undefined)[] {
  const container = objectOf(value.container);
  const docker = listOf(objectOf(container.docker).portMappings);
  const mappings = docker.length > 0 ? docker : listOf(container.portMappings);
  const isMapped = readNetworkingMode(value).startsWith("container") && mappings.length > 0;
  const declared = isMapped ? mappings : listOf(value.portDefinitions);
  const ports = declared.length > 0 ? declared : [
    ...listOf(value.ports),
    ...listOf(objectOf(objectOf(value.ipAddress).discovery).ports),
  ];
  return ports.map((port) => isObject(port) ? textOf(port.name) : undefined);
}

/** The index of a port in labels, or why there is none. @param name undefined for the first port */
export function indexOfPort(app: EdgeApp, name: string | undefined): number | string {
  if (app.ports.length === 0) return "the app has no port";
  if (name === undefined) return 0;
  const index = app.ports.indexOf(name);
  return index < 0 ? `the app has no port of the name ${quoted(name)}` : index;
}

/** The protocol of a text in any case; undefined for another text. */
export function readProtocol(text: string): EdgeProtocol | undefined {
  return (["HTTP", "HTTPS", "TCP", "TLS"] as const).find((one) => one === text.trim().toUpperCase());
}

/** The conditions of a rule by name, which have to be true together. */
export type EdgeConditions = Readonly<Record<string, string>>;

/**
 * The host and the path of a rule, or why labels cannot say it. A regular expression of hosts is read where it means all
 * hosts below a domain.
 */
export function readConditions(
  conditions: EdgeConditions,
): { host?: string; path?: string; isWildcard?: true } | { why: string } {
  const { hostEq, hostReg, pathBeg, ...others } = conditions;
  const [name] = Object.keys(others);
  if (name !== undefined) {
    const why = name === "pathReg" || name === "pathEnd"
      ? "HAPROXY_{n}_PATH compares the beginning of a path only"
      : `${name} is no condition that is known`;
    return { why };
  }
  const wildcard = hostReg === undefined ? undefined : wildcardOf(hostReg);
  if (hostReg !== undefined && (wildcard === undefined || hostEq !== undefined)) {
    return {
      why: `HAPROXY_{n}_VHOST compares whole names or wildcards, and ${quoted(hostReg)} is a pattern`,
    };
  }
  const host = hostEq?.toLowerCase() ?? wildcard;
  return {
    ...host === undefined ? {} : { host },
    ...pathBeg === undefined || pathBeg === "/" || pathBeg === "" ? {} : { path: pathBeg },
    ...wildcard === undefined ? {} : { isWildcard: true },
  };
}

/** `*.example.com` for a pattern such as `^.*\.example\.com$`. */
function wildcardOf(pattern: string): string | undefined {
  const [, domain] = /^\^?\.[*+](?:\\\.|\[\.\])((?:[a-z0-9_-]+(?:\\\.|\[\.\]))*[a-z0-9_-]+)\$?$/.exec(
    pattern.replace("(:.*)?", ""),
  ) ?? [];
  return domain === undefined ? undefined : `*.${domain.replaceAll(/\\\.|\[\.\]/g, ".")}`;
}

/**
 * The part of a rewriting of paths that labels can say: the prefix that is removed. Undefined where nothing changes.
 */
export function readRewriting(from: string, to: string): { prefix?: string } | { why: string } {
  if (from === to || (isRoot(from) && isRoot(to))) return {};
  if (isRoot(to) && !isRoot(from)) return { prefix: from };
  return {
    why:
      `labels remove a path and put none before it (${quoted(from)} becomes ${quoted(to)}); the template ` +
      "HAPROXY_{n}_HTTP_BACKEND_PROXYPASS_GLUE can",
  };
}

function isRoot(path: string): boolean {
  return path === "" || path === "/";
}
