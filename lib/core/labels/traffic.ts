import { isIpv4 } from "../addresses.ts";
import { isHostName } from "../hosts.ts";
import { quoted } from "../text.ts";

/** HAProxy counts times in milliseconds in 31 bits (configuration manual, section 2.5). */
const longest = 2 ** 31 - 1;
const longestPeriod = 24 * 3_600_000;
const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How many requests one client may make in a period. */
export interface Rate {
  readonly requests: number;
  /** As HAProxy writes times: `10s`. */
  readonly period: string;
  /** The period in whole seconds, rounded up: when a client may try again. */
  readonly seconds: number;
}

/**
 * A time with its unit, as HAProxy reads it. The unit is required, as HAProxy would read milliseconds without it, which
 * is rarely meant. 0 is refused, as it would mean no limit.
 */
export function readDuration(text: string): string | undefined {
  const time = millisecondsOf(text);
  return time !== undefined && time >= 1 && time <= longest ? text : undefined;
}

/** Requests and a period, as `100/10s`; `100/s` is `100/1s`. */
export function readRate(text: string): Rate | undefined {
  const [, count = "", number = "", unit = ""] = /^(\d{1,9})\/(\d{0,9})([a-z]{1,2})$/.exec(text) ?? [];
  const requests = Number(count);
  const period = `${number || "1"}${unit}`;
  const time = millisecondsOf(period);
  if (requests < 1 || time === undefined || time < 1 || time > longestPeriod) return undefined;
  return { requests, period, seconds: Math.ceil(time / 1_000) };
}

function millisecondsOf(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(number) * milliseconds[unit as keyof typeof milliseconds];
}

/** A whole number in a range, without a sign. */
export function readCount(text: string, least: number, most: number): number | undefined {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  return count !== undefined && count >= least && count <= most ? count : undefined;
}

/** A part of the requests of a vhost and path, in percent; `rest` is what others leave. */
export function readShare(text: string): number | "rest" | undefined {
  return text.toLowerCase() === "rest" ? "rest" : readCount(text, 0, 100);
}

/**
 * The name of a file in `--backend-ca-dir`, not a path. With paths, an owner could find out which files the machine
 * has, or make HAProxy read one that blocks or never ends. By the files in that directory, the operator decides which
 * authorities there are.
 */
export function readCaFile(text: string): string | undefined {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(text) ? text : undefined;
}

/** The server name in a TLS handshake, which is never an address (RFC 6066, section 3). */
export function readSni(text: string): string | undefined {
  const name = text.toLowerCase();
  return isHostName(name) && !isIpv4(name) ? name : undefined;
}

/** The labels about connections to tasks. */
export interface BackendLabels {
  readonly BACKEND_PROTO?: "h1" | "h2";
  readonly BACKEND_TLS?: "true" | "verify" | "false";
  readonly BACKEND_CA_FILE?: string;
  readonly BACKEND_SNI?: string;
}

/** The labels about TLS passthrough, and those that need decrypted requests. */
export interface PassthroughLabels extends BackendLabels {
  readonly SNI_PASSTHROUGH?: boolean;
  readonly VHOST?: readonly string[];
  readonly MODE?: "tcp" | "http";
  readonly PATH?: string;
  readonly AUTH?: unknown;
}

/**
 * Makes sure that a service with TLS passthrough asks for nothing that needs decrypted requests.
 *
 * @param index the `{n}` of the labels
 * @throws {RangeError} for a label that contradicts passthrough, or a missing one
 */
export function assertPassthrough(labels: PassthroughLabels, index: number): void {
  if (!labels.SNI_PASSTHROUGH) return;
  const prefix = `HAPROXY_${index}_`;
  const { VHOST, MODE, PATH, AUTH, BACKEND_TLS } = labels;
  if (!VHOST?.length) {
    throw new RangeError(`${prefix}SNI_PASSTHROUGH is true; expected ${prefix}VHOST beside it`);
  }
  const unfit = [
    ["MODE", MODE === "http"],
    ["PATH", PATH !== undefined],
    ["AUTH", AUTH !== undefined],
    ["BACKEND_TLS", BACKEND_TLS === "true" || BACKEND_TLS === "verify"],
  ] as const;
  const [found] = unfit.find(([, isThere]) => isThere) ?? [];
  if (found === undefined) return;
  const label = found === "MODE" ? `${prefix}MODE http` : `${prefix}${found}`;
  throw new RangeError(
    `${prefix}SNI_PASSTHROUGH is true; expected no ${label} beside it, as HAProxy sees no decrypted request`,
  );
}

/**
 * Makes sure that the labels about connections to tasks fit together. Ignoring one silently could remove what its owner
 * relies on.
 *
 * @param index the `{n}` of the labels
 * @throws {RangeError} for one that has no effect beside the others: its value, and what has to be there
 */
export function assertBackend(labels: BackendLabels, index: number, mode: "tcp" | "http"): void {
  const { BACKEND_TLS, BACKEND_CA_FILE, BACKEND_SNI, BACKEND_PROTO } = labels;
  const refuse = (name: string, value: string, expected: string): never => {
    const prefix = `HAPROXY_${index}_`;
    throw new RangeError(
      `${prefix}${name} is ${quoted(value)}; expected ${expected.replaceAll("{n}", `${index}`)} beside it`,
    );
  };
  const verifies = BACKEND_TLS === "verify";
  if (BACKEND_CA_FILE && !verifies) {
    refuse("BACKEND_CA_FILE", BACKEND_CA_FILE, 'HAPROXY_{n}_BACKEND_TLS "verify"');
  }
  if (BACKEND_SNI && !verifies && BACKEND_TLS !== "true") {
    refuse("BACKEND_SNI", BACKEND_SNI, 'HAPROXY_{n}_BACKEND_TLS "true" or "verify"');
  }
  // With the system's authorities and without a name, a server with any public certificate would pass.
  if (verifies && !BACKEND_CA_FILE && !BACKEND_SNI) {
    refuse("BACKEND_TLS", "verify", "HAPROXY_{n}_BACKEND_CA_FILE or HAPROXY_{n}_BACKEND_SNI");
  }
  if (BACKEND_PROTO && mode === "tcp") {
    refuse("BACKEND_PROTO", BACKEND_PROTO, "mode http (HAPROXY_{n}_MODE)");
  }
}

/** The labels about a part of the requests. */
export interface ShareLabels {
  readonly TRAFFIC_SHARE?: number | "rest";
  readonly TRAFFIC_SHARE_STICKY?: boolean;
  readonly VHOST?: readonly string[];
}

/**
 * Makes sure that a share is one of requests that HAProxy sees: those of a vhost, decrypted.
 *
 * @param index the `{n}` of the labels
 * @throws {RangeError} for a share without them: its value, and what has to be there
 */
export function assertShare(labels: ShareLabels, index: number, mode: "tcp" | "http"): void {
  const { TRAFFIC_SHARE: share, TRAFFIC_SHARE_STICKY, VHOST } = labels;
  const prefix = `HAPROXY_${index}_`;
  if (share === undefined) {
    if (!TRAFFIC_SHARE_STICKY) return;
    throw new RangeError(`${prefix}TRAFFIC_SHARE_STICKY is true; expected ${prefix}TRAFFIC_SHARE beside it`);
  }
  const missing = !VHOST?.length
    ? `${prefix}VHOST`
    : mode === "tcp"
    ? `mode http (${prefix}MODE)`
    : undefined;
  if (missing === undefined) return;
  throw new RangeError(`${prefix}TRAFFIC_SHARE is ${quoted(`${share}`)}; expected ${missing} beside it`);
}
