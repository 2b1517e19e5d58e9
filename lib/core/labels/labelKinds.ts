import { parseBoolean, parseTimestamp, splitList } from "../text.ts";
import { isAppId } from "../marathon/app.ts";
import { readAuth } from "./auth.ts";
import { readBindAddresses, readHosts, readNetworks } from "../hosts.ts";
import { readBalance, readBindOptions } from "./haproxyOptions.ts";
import { readFile, readLocation, readPath, readPrefixes } from "../paths.ts";
import { readCaFile, readCount, readDuration, readRate, readShare, readSni } from "./traffic.ts";

/**
 * What a label can change beside the sections of its own service. `shared`: what all services share, such as ports,
 * host names, the order and conditions of rules. `machine`: files, addresses and options of the machine too.
 */
export type LabelReach = "service" | "shared" | "machine";

/**
 * The kind of a label's value. Each kind has a grammar. Only values that its reader returned are written into the
 * configuration.
 *
 * @typeParam Value the type of a value once it is read
 */
export interface Kind<Value> {
  /** What a value of this kind can change, wherever it is used. */
  readonly reach: LabelReach;
  /** How it is written, for the documentation and for messages about values that cannot be read. */
  readonly rule: string;
  /**
   * Whether an empty text is read too; else it counts as an absent label. An empty list of groups means no group, and
   * an empty `ENABLED` means false. An empty `AUTH` must not open what it is meant to protect.
   */
  readonly countsWhenEmpty?: true;
  /**
   * Reads a trimmed text without control characters; undefined if it is invalid.
   *
   * @param name the label's, for messages
   * @throws {RangeError} instead of undefined, with the part that is invalid; or with a whole message, which begins
   * with the label's name
   */
  read(text: string, name: string): Value | undefined;
}

const readInteger = (text: string) => /^[+-]?\d{1,9}$/.test(text) ? Number(text) : undefined;
const readPort = (text: string) =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535 ? Number(text) : undefined;
const port = "a port from 1 to 65535";
const integer = "an integer";

/** Every kind of label. The types of values and the table of their reach are derived from it. */
export const labelKinds = {
  boolean: kind("service", "a boolean", parseBoolean, { countsWhenEmpty: true }),
  sharedBoolean: kind("shared", "a boolean", parseBoolean, { countsWhenEmpty: true }),
  groups: kind("shared", "a comma list", splitList, { countsWhenEmpty: true }),
  hosts: kind("shared", "a comma list of host names; upper case becomes lower", readHosts),
  prefixes: kind(
    "shared",
    "one or more paths, each a prefix for HAProxy's `path_beg`, `-i` allowed before them",
    readPrefixes,
  ),
  weight: kind("shared", integer, readInteger),
  auth: kind("shared", "`realm:user:crypted password`", readAuth, { countsWhenEmpty: true }),
  port: kind("shared", port, readPort),
  mode: kind(
    "service",
    "`tcp` or `http`",
    (text) => (["tcp", "http"] as const).find((mode) => mode === text.toLowerCase()),
  ),
  balance: kind(
    "service",
    "an algorithm of HAProxy's `balance`: `roundrobin`, `static-rr`, `leastconn`, `first`, `source`, `uri`, " +
      "`url_param`, `hdr(NAME)`, `random` or `rdp-cookie`, with its arguments, or `hash` with a sample such as `src`",
    readBalance,
  ),
  path: kind("service", "a path", readPath),
  location: kind("service", "a path, or a URL that begins with `http://` or `https://`", readLocation),
  networks: kind("service", "a space list of addresses or CIDRs", readNetworks),
  index: kind("service", integer, readInteger),
  rate: kind(
    "service",
    "requests and a period of at most a day, such as `100/10s` or `5/m`, with one of the units `ms`, `s`, `m`, `h`, `d`",
    readRate,
  ),
  connections: kind("service", "an integer from 1 to 1000000", (text) => readCount(text, 1, 1_000_000)),
  retries: kind("service", "an integer from 0 to 100", (text) => readCount(text, 0, 100)),
  duration: kind(
    "service",
    "a time above 0, of at most 24 days, with one of the units `ms`, `s`, `m`, `h`, `d`",
    readDuration,
  ),
  share: kind("shared", "an integer from 0 to 100, or `rest`", readShare),
  backendProto: kind(
    "service",
    "`h1` or `h2`",
    (text) => (["h1", "h2"] as const).find((one) => one === text),
  ),
  backendTls: kind(
    "service",
    "`true`, `verify` or `false`",
    (text) => (["true", "verify", "false"] as const).find((one) => one === text.toLowerCase()),
  ),
  sni: kind("service", "a host name; upper case becomes lower", readSni),
  caFile: kind(
    "machine",
    "the name of a file in `--backend-ca-dir`, of letters, digits and `._-`, without a directory",
    readCaFile,
  ),
  file: kind(
    "machine",
    "a path of letters, digits and `._~+=@:%-/`, without `..` and not below `/dev`, `/proc` or `/sys`",
    readFile,
  ),
  bindOptions: kind(
    "machine",
    "options of HAProxy's `bind` that concern the port alone",
    readBindOptions,
  ),
  bindAddresses: kind(
    "machine",
    "`*`, an IPv4 or IPv6 address, or a comma list of them, each without a port",
    readBindAddresses,
  ),
  deploymentGroup: kind(
    "shared",
    "a name such as `web` or `/group/web`",
    (text) => isAppId(text.startsWith("/") ? text : `/${text}`) ? text : undefined,
  ),
  time: kind("shared", "an ISO 8601 date", parseTimestamp),
  instances: kind("shared", integer, readInteger),
  colour: kind("service", "`blue` or `green`", (text) => text),
  toolPort: kind("service", port, readPort),
};

/** The name of a kind. */
export type LabelKind = keyof typeof labelKinds;

/** The type of a value of each kind once it is read. */
export type LabelValues = {
  readonly [Name in LabelKind]: typeof labelKinds[Name] extends Kind<infer Value> ? Value : never;
};

function kind<Value>(
  reach: LabelReach,
  rule: string,
  read: (text: string, name: string) => Value | undefined,
  more: Pick<Kind<Value>, "countsWhenEmpty"> = {},
): Kind<Value> {
  return { reach, rule, read, ...more };
}
