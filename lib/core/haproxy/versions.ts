import type { HashScheme } from "../labels/auth.ts";

/** HAProxy's version; `text` is all of it, as HAProxy prints it (`2.6.12-1+deb12u4`). */
export interface HaproxyVersion {
  major: number;
  minor: number;
  patch: number;
  text: string;
}

// "HAProxy version 2.6.12-1+deb12u4 2026/10/17"; before 2.4 "HA-Proxy version"; development versions ("3.1-dev4")
// have no patch number.
const versionLine = /^HA-?Proxy version ((\d+)\.(\d+)(?:\.(\d+))?\S*)/m;

/** The version in the output of `haproxy -v`, or undefined when HAProxy did not print it. */
export function parseHaproxyVersion(output: string): HaproxyVersion | undefined {
  const match = versionLine.exec(output);
  if (!match) return undefined;
  const [, text = "", major, minor, patch = "0"] = match;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), text };
}

/** What changes in HAProxy with a version: its name, and the first such version. */
const since = {
  /** Dynamic servers need no experimental mode. Older versions are not supported. */
  supported: { major: 2, minor: 6 },
  /** `add server` accepts a cookie (management guide, "add server"). */
  dynamicCookies: { major: 3, minor: 0 },
  /**
   * A worker can begin with the counters of its predecessor (`guid`, `stats-file`). `shm-stats-file` would leave no gap,
   * but a reload of 3.4.0 sets the counters of backends to 0 with it.
   */
  keptCounters: { major: 3, minor: 0 },
  /**
   * `del server` works as soon as the last connection has ended. Before, it fails after pooled connections, and later patches
   * fix crashes.
   */
  deletesServers: { major: 3, minor: 0 },
  /** HAProxy warns about a frontend with the name of a backend, and announces that 3.3 refuses it. */
  distinctNames: { major: 3, minor: 2 },
  /** HAProxy asks a server for the name of the request's Host header, and verifies its certificate for that (`sni-auto`). */
  automaticSni: { major: 3, minor: 3 },
  /** Backends can be added and deleted at run time (`add backend`, `del backend`). */
  dynamicBackends: { major: 3, minor: 4 },
} as const satisfies Readonly<Record<string, Pick<HaproxyVersion, "major" | "minor">>>;

/**
 * All that depends on HAProxy's version, in one table. Features that an answer reveals need no row: `reload` answers
 * from 2.7 on and refuses a second reload from 3.1 on (`parseReloadAnswer`, {@link isReloadUnderWay}).
 */
export type HaproxyTrait = keyof typeof since;

/** Whether a HAProxy of this version has a trait. */
export function hasTrait(
  { major, minor }: Pick<HaproxyVersion, "major" | "minor">,
  trait: HaproxyTrait,
): boolean {
  const first = since[trait];
  return major > first.major || (major === first.major && minor >= first.minor);
}

/** The oldest supported HAProxy, as `2.6`. */
export const oldestSupported = `${since.supported.major}.${since.supported.minor}`;

/**
 * Whether a reload failed because another one was under way, which HAProxy 3.1 and later refuse.
 *
 * @param log HAProxy's answer to `reload`, without its first lines
 */
export function isReloadUnderWay(log: string): boolean {
  return log.startsWith("Another reload");
}

/** Whether a HAProxy was built with a feature such as `QUIC`, by the output of `haproxy -vv`. */
export function isBuiltWith(output: string, feature: string): boolean {
  const [, list = ""] = /^Feature list\s*:(.*)$/m.exec(output) ?? [];
  return list.split(/\s+/).includes(`+${feature}`);
}

/** All schemes of musl's crypt(3) (`src/crypt/crypt_r.c`). */
const ofMusl: readonly HashScheme[] = [
  "sha256crypt",
  "sha512crypt",
  "bcrypt",
  "md5crypt",
  "bsdicrypt",
  "descrypt",
];

/**
 * The schemes of crypted passwords that a HAProxy can check, by the output of `haproxy -vv`; undefined if the output
 * does not show them.
 *
 * `haproxy -c` cannot tell: it reports a password as unsupported only where crypt(3) returns nothing. The crypt(3) of
 * libxcrypt and of musl returns a text instead that matches no password, so that no login ever succeeds.
 */
export function parseHashSchemes(output: string): ReadonlySet<HashScheme> | undefined {
  if (/^Encrypted password support via crypt\(3\): no\b/m.test(output)) return new Set();
  return /^\s*TARGET\s*=\s*linux-musl\b/m.test(output) ? new Set(ofMusl) : undefined;
}
