import { quoted } from "../text.ts";

/** A login that a service requires. */
export interface Auth {
  /**
   * Printable, without `"`, `\` and `$`. It is written between double quotes, where HAProxy reads all other characters
   * literally.
   */
  readonly realm: string;
  /** One word of characters that HAProxy reads literally. */
  readonly user: string;
  readonly password: PasswordHash;
}

const realmText = /^(?:(?!["\\$])[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}])+$/u;
const userText = /^(?:(?!["'\\#])[\p{L}\p{M}\p{N}\p{P}\p{S}])+$/u;

/**
 * Reads the label `AUTH`: `realm:user:crypted password`.
 *
 * @param name the label's, for messages
 * @returns undefined for a text that does not have three parts
 * @throws {RangeError} when a part cannot be written into the configuration as it is, or when HAProxy could not check
 * the password in time. The message names the label, the part and what was expected; never the user or the password.
 */
export function readAuth(text: string, name: string): Auth | undefined {
  const [realm, user, password, ...more] = text.split(":");
  if (!realm || !user || !password || more.length > 0) return undefined;
  const wrong = `${name} is ${quoted(`${realm}:…`)}`;
  if (!realmText.test(realm)) {
    throw new RangeError(`${wrong}; expected a realm of printable characters other than " \\ $`);
  }
  if (!userText.test(user)) {
    throw new RangeError(`${wrong}; expected a user of printable characters other than blanks " ' \\ #`);
  }
  try {
    return { realm, user, password: parsePasswordHash(password) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`${wrong}; ${error.message}`);
  }
}

/** What decides how far the login of a service reaches. */
interface Guarded {
  readonly index: number;
  readonly port: number;
  readonly mode: "tcp" | "http";
  readonly frontend?: false;
  readonly closedPort?: "always" | "while-routed";
  readonly labels: {
    readonly AUTH?: Auth;
    readonly AUTH_EVERYWHERE?: boolean;
    readonly VHOST?: readonly string[];
  };
}

/**
 * Makes sure that a service can require the login that it asks for. Without it, the service must not be served.
 *
 * @param known the schemes that the HAProxy at hand can check; undefined for all
 * @throws {RangeError} when it cannot: label and what was expected
 */
export function assertGuarded(
  { index, mode, labels }: Omit<Guarded, "port">,
  known?: ReadonlySet<HashScheme>,
): void {
  const { AUTH, AUTH_EVERYWHERE } = labels;
  const everywhere = `HAPROXY_${index}_AUTH_EVERYWHERE is true`;
  if (AUTH_EVERYWHERE && !AUTH) {
    throw new RangeError(
      `${everywhere} without a login; expected HAPROXY_${index}_AUTH beside it`,
    );
  }
  if (AUTH_EVERYWHERE && mode === "tcp") {
    throw new RangeError(
      `${everywhere}, and mode tcp has no logins; expected HAPROXY_${index}_MODE=http`,
    );
  }
  if (AUTH && known && !known.has(AUTH.password.scheme)) {
    const others = hashSchemes.map(({ name }) => name).filter((name) => known.has(name)).join(", ");
    throw new RangeError(
      `HAPROXY_${index}_AUTH has a password crypted by ${AUTH.password.scheme}, which the HAProxy here cannot check; ` +
        `expected ${others === "" ? "a HAProxy that is built with crypt(3)" : `one of ${others}`}`,
    );
  }
}

/** Sentences for the owner of a service with a login. */
export function authWarnings({ index, port, mode, labels, frontend, closedPort }: Guarded): string[] {
  const { AUTH, AUTH_EVERYWHERE, VHOST } = labels;
  if (!AUTH) return [];
  const label = `HAPROXY_${index}_AUTH`;
  const warnings: string[] = [];
  if (!AUTH.password.complete) {
    warnings.push(
      `${label} has a password that is not crypted in full, so that no login passes; openssl passwd -6 makes one`,
    );
  }
  const isClosed = frontend === false && closedPort !== "while-routed";
  if (!AUTH_EVERYWHERE && !(isClosed && mode === "tcp")) {
    const its = closedPort ? `port ${port}, when no vhost leads there` : `port ${port}`;
    const open = isClosed
      ? "the app id, where it leads there, is open to everyone"
      : mode === "http"
      ? `${its}, and the app id where it leads there, are open to everyone`
      : `${its} is open to everyone`;
    const guards = VHOST?.length ? "the virtual hosts only" : `nothing without HAPROXY_${index}_VHOST`;
    warnings.push(
      `${label} guards ${guards}: ${open}` +
        (mode === "http" ? `; ${label}_EVERYWHERE=true guards all of them` : ""),
    );
  }
  return warnings;
}

/** Names of the supported hash schemes of crypt(3), as in crypt(5) of libxcrypt. */
export type HashScheme =
  | "sha256crypt"
  | "sha512crypt"
  | "bcrypt"
  | "yescrypt"
  | "gost-yescrypt"
  | "scrypt"
  | "sha1crypt"
  | "SunMD5"
  | "md5crypt"
  | "NT"
  | "bsdicrypt"
  | "descrypt";

/** A crypted password, with the cost of checking it. */
export interface PasswordHash {
  /** As it is written into the configuration. */
  readonly text: string;
  readonly scheme: HashScheme;
  /** The cost of a check, in the unit of its scheme; 0 for a scheme with a fixed cost. */
  readonly cost: number;
  /** False for a text that crypt(3) accepts but never produces, such as a plain one. Then no login succeeds. */
  readonly complete: boolean;
}

/**
 * One scheme. Its bound is what HAProxy can compute for a request without holding up others for long. It calls crypt(3)
 * in a thread that serves connections, and the watchdog aborts a worker if one of its threads hangs for two seconds.
 *
 * The bounds cost 40 to 270 ms of a processor of 2026. A password of 511 characters, the longest that libxcrypt
 * accepts, costs up to 550 ms.
 */
export interface HashSchemeRow {
  readonly name: HashScheme;
  /** What the text begins with: the scheme's mark and its parameters. */
  readonly setting: RegExp;
  /** The whole text, where it is the hash of a password. */
  readonly whole: RegExp;
  readonly cost: (setting: RegExpExecArray) => number;
  readonly most: number;
  /** The unit in which this scheme counts its cost. */
  readonly unit: string;
}

const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A number in the digits of crypt(3), lowest first. */
function decoded(digits: string): number {
  return [...digits].reduce((sum, digit, rank) => sum + alphabet.indexOf(digit) * 64 ** rank, 0);
}

const mebibyte = 2 ** 20;
/** Of N blocks with a factor of r, computed p times: a check fills and reads memory for N blocks. */
const scryptMebibytes = (logN: number, r: number, p: number) => 128 * 2 ** logN * r * p / mebibyte;
/** The flavour `j` of yescrypt, which is what crypt_gensalt(3) makes; N and r are one digit each, and count from 1. */
const yescryptCost = ([, n, r]: RegExpExecArray) => scryptMebibytes(decoded(n!) + 1, decoded(r!) + 1, 1);
const fixed = { cost: () => 0, most: 0, unit: "" };
const rounds = ([, count]: RegExpExecArray, standard: number) =>
  count === undefined ? standard : Number(count);

/** In the order in which a text is tried. */
export const hashSchemes: readonly HashSchemeRow[] = [
  {
    name: "sha256crypt",
    // Some implementations read an invalid number of rounds as the largest one.
    setting: /^\$5\$(?:rounds=([1-9]\d{0,8})\$|(?!rounds=))/,
    whole: /^\$5\$(?:rounds=\d+\$)?[^$]{0,16}\$[./\dA-Za-z]{43}$/,
    cost: (setting) => rounds(setting, 5_000),
    most: 100_000,
    unit: "rounds",
  },
  {
    name: "sha512crypt",
    setting: /^\$6\$(?:rounds=([1-9]\d{0,8})\$|(?!rounds=))/,
    whole: /^\$6\$(?:rounds=\d+\$)?[^$]{0,16}\$[./\dA-Za-z]{86}$/,
    cost: (setting) => rounds(setting, 5_000),
    most: 100_000,
    unit: "rounds",
  },
  {
    name: "bcrypt",
    setting: /^\$2[abxy]\$(\d\d)\$/,
    whole: /^\$2[abxy]\$\d\d\$[./\dA-Za-z]{53}$/,
    cost: ([, cost]) => Number(cost),
    most: 12,
    unit: "as its cost",
  },
  {
    name: "yescrypt",
    setting: /^\$y\$j([./\dA-Za-j])([./\dA-Za-j])\$/,
    whole: /^\$y\$j..\$[./\dA-Za-z]*\$[./\dA-Za-z]{43}$/,
    cost: yescryptCost,
    most: 64,
    unit: "MiB",
  },
  {
    name: "gost-yescrypt",
    setting: /^\$gy\$j([./\dA-Za-j])([./\dA-Za-j])\$/,
    whole: /^\$gy\$j..\$[./\dA-Za-z]*\$[./\dA-Za-z]{43}$/,
    cost: yescryptCost,
    most: 64,
    unit: "MiB",
  },
  {
    name: "scrypt",
    setting: /^\$7\$([./\dA-Za-z])([./\dA-Za-z]{5})([./\dA-Za-z]{5})/,
    whole: /^\$7\$[./\dA-Za-z]{11}[^$]*\$[./\dA-Za-z]{43}$/,
    cost: ([, n, r, p]) => scryptMebibytes(decoded(n!), decoded(r!), decoded(p!)),
    most: 64,
    unit: "MiB",
  },
  {
    name: "sha1crypt",
    setting: /^\$sha1\$(0|[1-9]\d{0,8})\$/,
    whole: /^\$sha1\$\d+\$[./\dA-Za-z]{1,64}\$[./\dA-Za-z]{28}$/,
    cost: ([, count]) => Number(count),
    most: 100_000,
    unit: "rounds",
  },
  {
    name: "SunMD5",
    setting: /^\$md5(?:,rounds=(0|[1-9]\d{0,8}))?\$/,
    whole: /^\$md5(?:,rounds=\d+)?\$[^$]*\${1,2}[./\dA-Za-z]{22}$/,
    // Beside those that are always computed.
    cost: (setting) => rounds(setting, 0),
    most: 100_000,
    unit: "rounds",
  },
  {
    name: "md5crypt",
    setting: /^\$1\$/,
    whole: /^\$1\$[^$]{0,8}\$[./\dA-Za-z]{22}$/,
    ...fixed,
  },
  { name: "NT", setting: /^\$3\$/, whole: /^\$3\$\$[\da-f]{32}$/, ...fixed },
  {
    name: "bsdicrypt",
    setting: /^_([./\dA-Za-z]{4})[./\dA-Za-z]{4}/,
    whole: /^_[./\dA-Za-z]{19}$/,
    cost: ([, count]) => decoded(count!),
    most: 1_000_000,
    unit: "rounds",
  },
  {
    name: "descrypt",
    setting: /^[./\dA-Za-z]{2}/,
    whole: /^[./\dA-Za-z]{2}(?:[./\dA-Za-z]{11})+$/,
    ...fixed,
  },
];

/**
 * What HAProxy reads literally and crypt(3) accepts: printable ASCII without quotes, `\`, `#`, and `!`, `*`, `:` and
 * `;`.
 */
const characters = /^[$-&(-)+-9<-[\]-~]+$/;

/**
 * Reads a crypted password.
 *
 * @throws {RangeError} when its scheme is unknown, or a check would cost too much. The message names what was found and
 * expected, but never quotes the text
 */
export function parsePasswordHash(text: string): PasswordHash {
  if (!characters.test(text)) {
    throw new RangeError(
      "its password holds what no crypted password does; expected one as crypt(3) makes it",
    );
  }
  for (const { name, setting, whole, cost, most, unit } of hashSchemes) {
    const match = setting.exec(text);
    if (!match) continue;
    const value = cost(match);
    if (value > most) {
      throw new RangeError(
        `its password is crypted by ${name} with ${value} ${unit}; expected at most ${most}, which HAProxy checks in time`,
      );
    }
    return { text, scheme: name, cost: value, complete: whole.test(text) };
  }
  const mark = /^\$[a-z\d-]{1,9}\$/.exec(text)?.[0];
  throw new RangeError(
    `its password ${
      mark === undefined ? "is not crypted" : `begins with ${mark}, in no known form`
    }; expected one of ` +
      hashSchemes.map(({ name }) => name).join(", "),
  );
}
