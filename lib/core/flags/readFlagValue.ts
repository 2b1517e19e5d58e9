import type { LogLevel } from "../log/logLevels.ts";
import { parseLogFormat } from "../log/parseLogFormat.ts";
import { parseSyslogTarget } from "../log/parseSyslogTarget.ts";
import { parseCredentials } from "./Credentials.ts";
import { parseDcosCredentials } from "./DcosCredentials.ts";
import type { Flag, FlagKind } from "./Flag.ts";
import type { KindValues } from "./FlagValues.ts";
import { isNetwork } from "./isNetwork.ts";
import { parseBindAddress } from "./parseBindAddress.ts";
import { readListenAddress } from "./readListenAddress.ts";
import { templateTable } from "../templates/templateTable.ts";
import { UsageError } from "./UsageError.ts";

type Item<Value> = Value extends (infer Element)[] ? Element : Value;

interface Reader<Value> {
  expected: string;
  /** The value is a list, of which `read` reads one item. */
  list?: true;
  /** Where one text holds several items. */
  separator?: RegExp;
  /** Undefined, or a SyntaxError that says more, where the text is not what is expected. */
  read(text: string, flag: Flag): Item<Value> | undefined;
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
    expected: "URLs that start with http:// or https://, without a query",
    list: true,
    separator: /[\s,]+/,
    read: (text) => /[?#]/.test(text) ? undefined : readUrl(text),
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

/** Where the texts of a flag's value come from. */
export interface FlagSource {
  /** As an operator knows it: `--max-backoff` or `$MARATHON_LB_MAX_BACKOFF`. */
  origin: string;
  texts: readonly string[];
}

/**
 * The value of `flag`, as KindValues says for its kind; undefined where an empty text was given for a flag
 * that needs none.
 *
 * Throws a UsageError that names the origin, what was given (never for a secret) and what is expected.
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
  let detail = flag.secret ? "got something else (not shown: it is secret)" : `got ${quote(text)}`;
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

/** One line, without the credentials that a URL may carry. */
function quote(text: string): string {
  return JSON.stringify(text.replace(/\/\/[^/]*@/, "//***@"));
}
