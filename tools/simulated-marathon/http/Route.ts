import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./Answer.ts";

/** A request with its target taken apart. */
export interface RouteRequest {
  readonly method: string;
  readonly url: URL;
  /** What the groups of the route's pattern matched, decoded. */
  readonly params: readonly string[];
  readonly clientIp: string;
  /** The body; throws a SyntaxError when it is no JSON. */
  readonly json: () => Promise<unknown>;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Route {
  readonly method: string;
  /** Of the whole path. */
  readonly pattern: RegExp;
  /** Resolves with no answer when it has taken over the response. */
  readonly handle: (request: RouteRequest) => Answer | undefined | Promise<Answer | undefined>;
}

/** The first route that fits, with what its groups matched; or whether only the method is wrong. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; params: string[] } | "no path" | "no method" {
  const matching = routes.flatMap((route) => {
    const match = route.pattern.exec(path);
    return match ? [{ route, params: match.slice(1).map(decodeURIComponent) }] : [];
  });
  if (matching.length === 0) return "no path";
  return matching.find(({ route }) => route.method === method) ?? "no method";
}

/** Reads a request's body to its end. */
export async function readBody(incoming: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of incoming) text += decoder.decode(chunk as Uint8Array, { stream: true });
  return text + decoder.decode();
}
