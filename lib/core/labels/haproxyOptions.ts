import { quoted } from "../text.ts";
import { readFile } from "../paths.ts";

const count = /^\d{1,9}$/;
const time = /^\d{1,9}(?:us|ms|s|m|h|d)?$/;
const name = /^[A-Za-z0-9._:-]+$/;
const names = /^[A-Za-z0-9._:/,+-]+$/;
const ciphers = /^[A-Za-z0-9_:+!@=,.-]+$/;
const version = /^(?:SSLv3|TLSv1\.[0-3])$/;

/** The argument of an option: none, a text of a form, or the path of a file. */
type Argument = "none" | "file" | RegExp;

/**
 * The options of `bind` that a label may set (configuration manual, section 5.1). They concern the connections of one
 * port and name nothing of the machine but files. The others belong to the operator:
 * - `level`, `expose-fd` and `severity-output`,
 * - owners and modes of sockets,
 * - `namespace` and `transparent`,
 * - `process`, `thread`, `shards`, `nice` and `cc`, which all services share,
 * - `crt-list`, whose lines appear in messages,
 * - the making of certificates (`ca-sign-…`).
 */
const bindOptions: ReadonlyMap<string, Argument> = new Map<string, Argument>([
  ["accept-netscaler-cip", /^(?:0x[0-9a-fA-F]{1,8}|\d{1,10})$/],
  ["accept-proxy", "none"],
  ["allow-0rtt", "none"],
  ["alpn", names],
  ["backlog", count],
  ["ca-file", "file"],
  ["ca-ignore-err", names],
  ["ca-verify-file", "file"],
  ["ciphers", ciphers],
  ["ciphersuites", ciphers],
  ["client-sigalgs", names],
  ["crl-file", "file"],
  ["crt", "file"],
  ["crt-ignore-err", names],
  ["curves", names],
  ["default-crt", "file"],
  ["defer-accept", "none"],
  ["ecdhe", name],
  ["force-sslv3", "none"],
  ["force-tlsv10", "none"],
  ["force-tlsv11", "none"],
  ["force-tlsv12", "none"],
  ["force-tlsv13", "none"],
  ["id", count],
  ["idle-ping", time],
  ["interface", name],
  ["maxconn", count],
  ["mss", /^-?\d{1,5}$/],
  ["name", name],
  ["no-alpn", "none"],
  ["no-ca-names", "none"],
  ["no-sslv3", "none"],
  ["no-strict-sni", "none"],
  ["no-tls-tickets", "none"],
  ["no-tlsv10", "none"],
  ["no-tlsv11", "none"],
  ["no-tlsv12", "none"],
  ["no-tlsv13", "none"],
  ["npn", names],
  ["prefer-client-ciphers", "none"],
  ["proto", /^h[12]$/],
  ["sigalgs", names],
  ["ssl", "none"],
  ["ssl-max-ver", version],
  ["ssl-min-ver", version],
  ["strict-sni", "none"],
  ["tcp-ut", time],
  ["tfo", "none"],
  ["tls-ticket-keys", "file"],
  ["tls-tickets", "none"],
  ["v4v6", "none"],
  ["v6only", "none"],
  ["verify", /^(?:none|optional|required)$/],
]);

/** Names of the options that a label may set, for the documentation. */
export const bindOptionNames: readonly string[] = [...bindOptions.keys()];

/**
 * Options of `bind` with one blank between the words.
 *
 * @throws {RangeError} that names the unknown option, or the invalid argument
 */
export function readBindOptions(text: string): string {
  const words = text.split(/\s+/);
  for (let at = 0; at < words.length; at++) {
    const option = words[at]!;
    const argument = bindOptions.get(option);
    if (argument === undefined) throw new RangeError(`${quoted(option)} is no option that a label may set`);
    if (argument === "none") continue;
    const value = words[++at];
    if (value === undefined) throw new RangeError(`${quoted(option)} has no argument`);
    if (!fits(option, value, argument)) {
      throw new RangeError(`${quoted(value)} is no argument of ${quoted(option)}`);
    }
  }
  return words.join(" ");
}

function fits(option: string, value: string, argument: RegExp | "file"): boolean {
  if (argument !== "file") return argument.test(value);
  return readFile(value) !== undefined || option === "ca-file" && value === "@system-ca";
}

const parameter = String.raw`[A-Za-z0-9_.~!*+-]+`;
const number = String.raw`\d{1,9}`;

/**
 * The algorithms of `balance` with their arguments (configuration manual, section 4.2, "balance"). `hash` accepts these
 * few samples only, and no converters, as some read files.
 */
const algorithms = new RegExp(
  `^(?:${
    [
      "roundrobin|static-rr|leastconn|first|source",
      `uri(?: (?:(?:len|depth) ${number}|whole|path-only))*`,
      `url_param ${parameter}(?: check_post(?: ${number})?)?`,
      String.raw`hdr\(${parameter}\)(?: use_domain_only)?`,
      String.raw`random(?:\(${number}\))?`,
      String.raw`rdp-cookie(?:\(${parameter}\))?`,
      String
        .raw`hash (?:src|path|pathq|url|base|(?:req\.)?(?:hdr|cook)\(${parameter}\)|url_param\(${parameter}\))`,
    ].join("|")
  })$`,
);

/** An algorithm with one blank between its words; undefined for an unknown one. */
export function readBalance(text: string): string | undefined {
  const words = text.split(/\s+/).join(" ");
  return algorithms.test(words) ? words : undefined;
}
