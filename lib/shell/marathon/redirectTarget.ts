import type { IncomingMessage } from "node:http";

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** Where an answer redirects to, or `undefined` when it does not. */
export function redirectTarget(response: IncomingMessage, asked: URL): URL | undefined {
  const { location } = response.headers;
  if (!redirectStatuses.has(response.statusCode ?? 0) || !location || !URL.canParse(location, asked.href)) {
    return undefined;
  }
  const target = new URL(location, asked);
  if (!/^https?:$/.test(target.protocol)) return undefined;
  // The client's own credentials are sent or none, never some that an answer holds.
  target.username = target.password = "";
  return target;
}
