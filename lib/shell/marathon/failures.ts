const running = "Check that Marathon runs there and that --marathon is right, http:// or https:// included";
const scheme = "Check http:// or https:// in --marathon";
const network = "Check the network between here and Marathon, and Marathon's log";

/** What the codes of failed connections mean. */
const byCode: Record<string, RequestFailure> = {
  ECONNREFUSED: { reason: "connection refused", advice: running },
  ECONNRESET: { reason: "the connection was closed before the answer was complete", advice: running },
  EPIPE: { reason: "the connection was closed before the answer was complete", advice: running },
  ENOTFOUND: {
    reason: "no such host name",
    advice: "Check the host name in --marathon and the name servers",
  },
  EAI_AGAIN: { reason: "the host name could not be looked up", advice: "Check the name servers" },
  EHOSTUNREACH: { reason: "no route to the host", advice: network },
  ENETUNREACH: { reason: "no route to the network", advice: network },
  ETIMEDOUT: { reason: "the connection timed out", advice: network },
  EPROTO: { reason: "the server does not speak TLS", advice: scheme },
  ERR_SSL_WRONG_VERSION_NUMBER: { reason: "the server does not speak TLS", advice: scheme },
};

/** Verification errors of X.509 (OpenSSL's names, which Node and Deno both use), and the name that does not match. */
const certificateCodes = /CERT|ISSUER|LEAF_SIGNATURE|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|^CRL_/;

/**
 * Describes an error of `node:http`, `node:https` or one of our time-outs. An error with a cause is described by its
 * message, then the cause. The cause may be a {@link RequestFailure} already.
 */
export function describeRequestError(error: unknown): RequestFailure {
  if (error instanceof Error && error.cause !== undefined) {
    const { reason, advice } = describeRequestError(error.cause);
    return { reason: `${error.message}: ${reason}`, advice };
  }
  if (isFailure(error)) return error;
  const code = codeOf(error);
  const message = messageOf(error);
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return { reason: message, advice: network };
  }
  const known = byCode[code];
  if (known) return known;
  if (certificateCodes.test(code) || /certificate/i.test(message)) {
    return {
      // Node appends advice of its own, which is not for this program.
      reason: `certificate verification failed (${message.split(";")[0]?.replace(/:?\s*$/, "")})`,
      advice: "Give the certificate authority with --marathon-ca-cert FILE, or turn verification off with " +
        "--insecure-marathon",
    };
  }
  if (code.startsWith("HPE_")) return { reason: "the answer is not HTTP", advice: scheme };
  if (code.startsWith("Z_") || code === "ERR_STRING_TOO_LONG") {
    return { reason: `the answer cannot be read (${message})`, advice: running };
  }
  return { reason: message || code || "the request failed", advice: running };
}

export function isFailure(error: unknown): error is RequestFailure {
  return typeof error === "object" && error !== null && "reason" in error && "advice" in error;
}

/** The code of an error, or of the last attempt where several addresses of a host were tried. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && error.code) return String(error.code);
  return error instanceof AggregateError ? codeOf(error.errors.at(-1)) : "";
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").trim();
}

const maxMessageLength = 200;

/** Whether a request carried credentials: there were none, or there were and the host may not see them. */
export type CredentialUse = "sent" | "none" | "withheld";

/**
 * Describes an HTTP answer that is no success. `body` is its text, of which Marathon's `message` is shown. `origin`
 * says where the credentials that were sent come from.
 */
export function describeStatus(
  status: number,
  body: string,
  credentials: CredentialUse,
  origin?: string,
): RequestFailure {
  const message = marathonMessage(body);
  const answer = `HTTP ${status}${message ? ` (${message})` : ""}`;
  switch (status) {
    case 401:
      return {
        reason: `${answer}, ${unauthorized[credentials].reason}`,
        advice: credentials === "sent" && origin ? `Check ${origin}` : unauthorized[credentials].advice,
      };
    case 403:
      return { reason: `${answer}, not allowed`, advice: "Check what this account may do in Marathon" };
    case 404:
      return {
        reason: `${answer}, not found`,
        advice: "Check that --marathon is Marathon's URL, with its path prefix if it has one",
      };
    default:
      return {
        reason: answer,
        advice: status >= 500 ? "See Marathon's log" : "Check that --marathon is Marathon's URL",
      };
  }
}

const sources = "--auth-credentials, --marathon-auth-credential-file or MARATHON_USER and MARATHON_PASSWORD";

const unauthorized: Record<CredentialUse, RequestFailure> = {
  sent: { reason: "wrong credentials", advice: `Check ${sources}` },
  none: { reason: "credentials are needed", advice: `Give ${sources}` },
  withheld: {
    reason: "no credentials were sent to a host that is not listed",
    advice: "Give the URLs of all Marathons of the cluster with --marathon",
  },
};

/** The `message` of Marathon's JSON error body as a short piece of one line; empty for any other body. */
function marathonMessage(body: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // An error page of a proxy, for example: its status says enough.
    return "";
  }
  if (typeof parsed !== "object" || parsed === null || !("message" in parsed)) return "";
  // deno-lint-ignore no-control-regex
  return String(parsed.message).replaceAll(/[\x00-\x20\x7f]+/g, " ").trim().slice(0, maxMessageLength);
}

/** Why a request to one URL gave no usable answer, without credentials, and what an operator can do. */
export interface RequestFailure {
  reason: string;
  advice: string;
  /** Of an HTTP answer that is no success. */
  status?: number;
  /** Where the answer had more bytes than it may. */
  tooLarge?: Error;
}

/** The failures of the URLs that were asked: the `cause` of an error of `MarathonClient`. Other errors have none. */
export function failuresOf(error: unknown): readonly RequestFailure[] {
  return error instanceof Error && Array.isArray(error.cause) ? error.cause : [];
}
