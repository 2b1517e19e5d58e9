import type { RequestFailure } from "./RequestFailure.ts";

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
  EPROTO: { reason: "no TLS is spoken there", advice: scheme },
  ERR_SSL_WRONG_VERSION_NUMBER: { reason: "no TLS is spoken there", advice: scheme },
};

/** Verification errors of X.509 (OpenSSL's names, which Node and Deno both use), and the name that does not match. */
const certificateCodes = /CERT|ISSUER|LEAF_SIGNATURE|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|^CRL_/;

/**
 * Puts an error of `node:http`, `node:https` or one of our time-outs into words; of an error with a cause, the cause after
 * its message. The cause may be such a failure in words already.
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
