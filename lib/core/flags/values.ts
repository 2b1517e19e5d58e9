import { isIpv4, isIpv6, isNetwork, parseBindAddress, readListenAddress } from "../addresses.ts";
import { type LogLevel, parseLogFormat } from "../log/format.ts";
import { parseSyslogTarget, type SyslogTarget } from "../log/syslog.ts";
import type { ServicePorts, UnreachableTasks } from "../model/context.ts";
import { templateTable } from "../templates/templateTable.ts";
import { environmentVariable, type Flag, type FlagKind, UsageError } from "./flag.ts";
import { flagTable } from "./flagTable.ts";

type Item<Value> = Value extends (infer Element)[] ? Element : Value;

interface Reader<Value> {
  expected: string;
  /** Whether the value is a list, of which `read` reads one item. */
  list?: true;
  /** What separates the items, if one text can hold several. */
  separator?: RegExp;
  /** Undefined for a text that is not what is expected, or a SyntaxError with a more precise reason. */
  read(text: string, flag: Flag): Item<Value> | undefined;
}

/** The values of `--unreachable-tasks`. */
export const unreachableChoices: readonly UnreachableTasks[] = ["keep", "drain", "remove"];

/** The values of `--service-ports`. */
export const servicePortChoices: readonly ServicePorts[] = ["all", "without-vhost", "none"];

/** The values of `--access-log`. */
export const accessLogChoices = ["off", "json", "text"] as const;

/** HAProxy resolves a name once, at a reload, and does not start where it cannot: so the host is an address. */
function parseAccessLogTarget(text: string): string | undefined {
  if (text === "stdout" || /^(?:\/[\w.+@~-]+)+$/.test(text) && text !== "/dev/null") return text;
  const [, address = ""] = /^udp:\/\/([^/]+)\/?$/.exec(text) ?? [];
  const { host, port } = parseBindAddress(address) ?? parseBindAddress(`${address}:514`) ?? {};
  if (host === undefined) return undefined;
  return isIpv4(host) ? `${host}:${port}` : isIpv6(host) ? `[${host}]:${port}` : undefined;
}

const readers: { [Kind in FlagKind]: Reader<KindValues[Kind]> } = {
  switch: { expected: "true (t, yes, y, 1) or false (f, no, n, 0)", read: readBoolean },
  text: { expected: "a text", read: (text) => text },
  path: { expected: "a path", read: (text) => text },
  integer: { expected: "a whole number", read: (text, flag) => readNumber(text, flag, /^[-+]?\d+$/) },
  // A timer of more than 2^31 milliseconds would fire at once.
  seconds: {
    expected: "a number of seconds",
    read: (text, flag) => readNumber(text, { maximum: 2_147_483, ...flag }, /^[-+]?\d+(\.\d+)?$/),
  },
  names: { expected: "a name", list: true, read: (text) => text.trim() },
  paths: {
    expected: "paths separated by commas",
    list: true,
    separator: /,/,
    read: (text) => text.trim(),
  },
  url: { expected: "a URL that starts with http:// or https://", read: readUrl },
  urls: {
    expected: "URLs that start with http://, https:// or file:, without a query",
    list: true,
    separator: /[\s,]+/,
    read: (text) => /[?#]/.test(text) ? undefined : isFileUrl(text) ? readFileUrl(text) : readUrl(text),
  },
  bindAddress: {
    expected: "ADDR:PORT, such as *:80 or [::1]:80",
    read: (text) => parseBindAddress(text) && text,
  },
  listenAddress: { expected: "ADDR:PORT, such as 0.0.0.0:8080", read: readListenAddress },
  networks: {
    expected: "networks such as 10.0.0.0/8",
    list: true,
    separator: /[\s,]+/,
    read: (text) => isNetwork(text) ? text : undefined,
  },
  clusters: {
    expected: "NAME=URL with a name of a-z, 0-9 and -, and a URL that starts with http:// or https://",
    list: true,
    separator: /[\s,]+/,
    read: readClusterAddress,
  },
  credentials: { expected: "user:password", read: parseCredentials },
  dcosCredentials: { expected: "the JSON of a service account", read: parseDcosCredentials },
  logLevel: {
    expected: "CRITICAL, ERROR, WARNING, INFO, DEBUG or NOTSET",
    read: (text) => logLevelNames.get(text.trim().toUpperCase()),
  },
  logFormat: {
    expected: "json or a format in the style of Python's logging",
    read: (text) => parseLogFormat(text) && text,
  },
  syslogTarget: {
    expected: "the path of a Unix socket such as /dev/log, udp://HOST:PORT, tcp://HOST:PORT or /dev/null",
    read: (text) => parseSyslogTarget(text.trim()),
  },
  unreachableTasks: {
    expected: unreachableChoices.join(", ").replace(/, (\w+)$/, " or $1"),
    read: (text) => unreachableChoices.find((choice) => choice === text.trim()),
  },
  servicePorts: {
    expected: servicePortChoices.join(", ").replace(/, (\w+)$/, " or $1"),
    read: (text) => servicePortChoices.find((choice) => choice === text.trim()),
  },
  accessLog: {
    expected: accessLogChoices.join(", ").replace(/, (\w+)$/, " or $1"),
    read: (text) => accessLogChoices.find((choice) => choice === text.trim()),
  },
  accessLogTarget: {
    expected: "stdout, udp://ADDRESS:PORT or the path of a socket such as /dev/log",
    read: (text) => parseAccessLogTarget(text.trim()),
  },
  templateNames: {
    expected: "all, none, or names of templates that labels can override, such as BACKEND_HTTP_OPTIONS",
    list: true,
    separator: /[\s,]+/,
    read: (text) =>
      overridable.has(text.replace(/^HAPROXY_/, "")) ? text.replace(/^HAPROXY_/, "") : undefined,
  },
};

const overridable: ReadonlySet<string> = new Set([
  "all",
  "none",
  ...templateTable.filter((row) => row.scope === "service").map((row) => row.name),
]);

const logLevelNames: ReadonlyMap<string, LogLevel> = new Map([
  ["CRITICAL", "critical"],
  ["ERROR", "error"],
  ["WARNING", "warning"],
  ["INFO", "info"],
  ["DEBUG", "debug"],
  ["NOTSET", "debug"],
]);

/** The source of a flag's value. */
export interface FlagSource {
  /** Its name in messages: `--max-backoff` or `$MARATHON_LB_MAX_BACKOFF`. */
  origin: string;
  texts: readonly string[];
}

/**
 * The value of `flag`, of the type that KindValues has for its kind. Undefined for an empty text, if the flag may be
 * without a value.
 *
 * Throws a UsageError that names the source, the text (never that of a secret) and what is expected.
 */
export function readFlagValue(flag: Flag, { origin, texts }: FlagSource): unknown {
  const reader: Reader<unknown> = readers[flag.kind];
  const pieces = texts.flatMap((text) => reader.separator ? text.split(reader.separator) : [text])
    .filter((piece) => piece.trim() !== "");
  if (pieces.length === 0) {
    if (flag.default === undefined || flag.repeats) return undefined;
    throw new UsageError(`${origin}: expected ${expectation(flag, reader)}, got nothing`);
  }
  const items = pieces.map((piece) => readItem(flag, reader, origin, piece));
  return reader.list ? items : items[0];
}

function readItem(flag: Flag, reader: Reader<unknown>, origin: string, text: string): unknown {
  let detail = flag.secret ? "got something else (not shown: it is secret)" : `got ${quoteUrl(text)}`;
  try {
    const item = reader.read(text, flag);
    if (item !== undefined) return item;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    detail = `but ${error.message}`;
  }
  throw new UsageError(`${origin}: expected ${expectation(flag, reader)}, ${detail}`);
}

function expectation({ minimum, maximum }: Flag, { expected }: Reader<unknown>): string {
  if (minimum === undefined) return expected;
  return maximum === undefined
    ? `${expected}, at least ${minimum}`
    : `${expected} from ${minimum} to ${maximum}`;
}

function readBoolean(text: string): boolean | undefined {
  if (/^\s*(true|t|yes|y|1)\s*$/i.test(text)) return true;
  return /^\s*(false|f|no|n|0)\s*$/i.test(text) ? false : undefined;
}

function readNumber(
  text: string,
  { minimum = -Infinity, maximum = Number.MAX_SAFE_INTEGER }: Pick<Flag, "minimum" | "maximum">,
  pattern: RegExp,
): number | undefined {
  const value = Number(text);
  return pattern.test(text.trim()) && value >= minimum && value <= maximum ? value : undefined;
}

function readUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).href.replace(/\/+$/, "");
}

const fileUrl = /^file:(?:\/\/(?:localhost)?(?=\/))?(?!\/\/)(.+)$/is;

/** Whether a text seems to name a file rather than a URL. */
export function isFileUrl(text: string): boolean {
  return /^file:/i.test(text);
}

/** Reads `file:` and a path, absolute or not; undefined if a host stands before the path. */
function readFileUrl(text: string): string | undefined {
  const [, path] = fileUrl.exec(text) ?? [];
  return path && `file:${path}`;
}

/** One line, without the credentials that a URL may carry. */
export function quoteUrl(text: string): string {
  return JSON.stringify(text.replace(/\/\/[^/]*@/, "//***@"));
}

/** The value of each kind of flag. */
export interface KindValues extends Record<FlagKind, unknown> {
  switch: boolean;
  text: string;
  path: string;
  integer: number;
  seconds: number;
  names: string[];
  paths: string[];
  /** Without a slash at its end. */
  url: string;
  urls: string[];
  bindAddress: string;
  listenAddress: string;
  networks: string[];
  clusters: ClusterMember[];
  credentials: Credentials;
  dcosCredentials: DcosCredentials;
  logLevel: LogLevel;
  logFormat: string;
  syslogTarget: SyslogTarget;
  /** `all`, `none`, or names without `HAPROXY_`. */
  templateNames: string[];
  unreachableTasks: UnreachableTasks;
  servicePorts: ServicePorts;
  accessLog: typeof accessLogChoices[number];
  /** As HAProxy's `log` takes it: `stdout`, `ADDRESS:PORT` or a path. */
  accessLogTarget: string;
}

type Row = typeof flagTable[number];
type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;
type OptionOf<R extends Row> = R extends { option: infer Option extends string } ? Option
  : CamelCase<R["name"]>;
type AlwaysSet = Extract<Row, { default: unknown } | { kind: "switch" }>;

/**
 * The value of every flag in the table, by its property of Options. Switches and flags with a default always have a
 * value.
 */
export type FlagValues =
  & { [R in AlwaysSet as OptionOf<R>]: KindValues[R["kind"]] }
  & { [R in Exclude<Row, AlwaysSet> as OptionOf<R>]?: KindValues[R["kind"]] };

/** One URL of a cluster of `--cluster`; it may hold credentials. */
export interface ClusterMember {
  name: string;
  url: string;
}

function readClusterAddress(text: string): ClusterMember | undefined {
  const [, name, address] = /^([a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)=(.*)$/.exec(text) ?? [];
  const url = address === undefined || /[?#]/.test(address) ? undefined : readUrl(address);
  return name === undefined || url === undefined ? undefined : { name, url };
}

/** A user and password for Marathon's HTTP API. */
export interface Credentials {
  user: string;
  password: string;
}

/**
 * Reads `user:password`, split at the first colon, as a user name contains none (RFC 7617). Undefined for anything
 * else.
 */
export function parseCredentials(text: string): Credentials | undefined {
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** A DC/OS service account. Its private key signs the JWT with which the program logs in. */
export interface DcosCredentials {
  uid: string;
  /** PEM. */
  privateKey: string;
  loginEndpoint: string;
}

/** Reads the JSON of a service account. Throws a SyntaxError without any of its text. */
export function parseDcosCredentials(text: string): DcosCredentials {
  const account = parseObject(text);
  const field = (name: string): string => {
    const value = account[name];
    if (typeof value === "string" && value !== "") return value;
    throw new SyntaxError(
      `${name} is ${value === undefined ? "missing" : "not a text with something in it"}`,
    );
  };
  const uid = field("uid");
  const privateKey = field("private_key");
  const loginEndpoint = field("login_endpoint");
  const { scheme } = account;
  if (scheme !== undefined && scheme !== null && scheme !== "RS256") {
    throw new SyntaxError("scheme is not RS256, the only one there is support for");
  }
  if (!/^https?:\/\/[^/]/i.test(loginEndpoint) || !URL.canParse(loginEndpoint)) {
    throw new SyntaxError("login_endpoint is no URL that starts with http:// or https://");
  }
  return { uid, privateKey, loginEndpoint };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The parser's own message quotes the text, which holds a private key.
    throw new SyntaxError("it is not JSON", { cause: (cause as Error).name });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new SyntaxError("it is not a JSON object");
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The texts on the command line, by flag name, one for each use; for a switch `true`. */
export type GivenFlags = ReadonlyMap<string, readonly string[]>;

/** The value of every flag, from the command line, else the environment, else its default. */
export function resolveFlagValues(
  given: GivenFlags,
  environment: Environment,
  supervised: boolean,
): FlagValues {
  const values: Record<string, unknown> = {};
  for (const flag of flagTable as readonly Flag[]) {
    const source = fromCommandLine(flag, given) ?? fromEnvironment(flag, environment, supervised);
    values[optionName(flag)] = (source && readFlagValue(flag, source)) ?? defaultValue(flag);
  }
  // Each property and its type come from one row of the table.
  return values as FlagValues;
}

function fromCommandLine(flag: Flag, given: GivenFlags): FlagSource | undefined {
  const texts = given.get(flag.name);
  return texts && { origin: `--${flag.name}`, texts: flag.repeats ? texts : texts.slice(-1) };
}

/** An empty variable counts as absent, as container descriptions leave those without a value empty. */
function fromEnvironment(flag: Flag, environment: Environment, supervised: boolean): FlagSource | undefined {
  if (flag.notFromEnvironment) return undefined;
  const names = [environmentVariable(flag.name)];
  if (flag.variable && (supervised || !flag.variable.supervisedOnly)) names.push(flag.variable.name);
  for (const name of names) {
    const text = environment[name];
    if (text?.trim()) return { origin: `$${name}`, texts: flag.repeats ? text.split(/[\s,]+/) : [text] };
  }
  return undefined;
}

/** Lists are copied, so that a caller who changes its options does not change the table. */
function defaultValue(flag: Flag): unknown {
  if (flag.kind === "switch") return false;
  return Array.isArray(flag.default) ? [...flag.default] : flag.default;
}

function optionName({ option, name }: Flag): string {
  return option ?? name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
