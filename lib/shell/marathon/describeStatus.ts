import type { RequestFailure } from "./RequestFailure.ts";

const maxMessageLength = 200;

/** Whether a request carried credentials: there were none, or there were and the host may not see them. */
export type CredentialUse = "sent" | "none" | "withheld";

/**
 * Puts an HTTP answer that is no success into words. `body` is its text, of which Marathon's `message` is told,
 * and `origin` says where credentials that were sent came from.
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
        reason: `${answer}, nothing there`,
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
