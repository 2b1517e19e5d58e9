import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../../lib/shell/system/clock.ts";
import type { Faults } from "../faults/Faults.ts";
import { pause } from "../pause.ts";
import { type Answer, refusal } from "./Answer.ts";
import { applyFault } from "./applyFault.ts";
import type { Leadership } from "./Leadership.ts";
import type { RequestLog } from "./RequestLog.ts";
import { findRoute, readBody, type Route, type RouteRequest } from "./Route.ts";
import { sendAnswer } from "./sendAnswer.ts";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Basic authentication, or whoever sends a header `Authorization` that is let in. */
export type Access = Credentials | ((header: string | undefined) => boolean);

export interface NodeOptions {
  /** Position in the cluster. */
  readonly index: number;
  readonly host: string;
  /** PEM */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly auth?: Access;
  /** Of the redirection to the leader. */
  readonly redirectStatus: number;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly leadership: Leadership;
  /** Answered without credentials, redirection or faults. */
  readonly controlRoutes: readonly Route[];
  /** Answered by every node. */
  readonly nodeRoutes: readonly Route[];
  /** Answered by the leader alone. */
  readonly leaderRoutes: readonly Route[];
  /** Ends every delay when the simulation ends. */
  readonly signal: AbortSignal;
}

/** One Marathon of the cluster: an HTTP server. It may be stopped and started again, at the same port. */
export class MarathonNode {
  #server?: Server;
  #port: number;
  readonly #options: NodeOptions;

  /** `port` 0 is any free one. */
  constructor(options: NodeOptions, port: number) {
    this.#options = options;
    this.#port = port;
  }

  /** Known once the node was started. */
  get url(): string {
    const { tls, host } = this.#options;
    return `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${this.#port}`;
  }

  async start(): Promise<void> {
    if (this.#server) return;
    const { tls, host, index, leadership } = this.#options;
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      void this.#handle(request, response);
    const server = tls ? createTlsServer(tls, handle) : createServer(handle);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, host, resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    leadership.nodeStarted(index, this.url);
  }

  /** Closes everything, event streams included; a leader hands over. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    this.#options.leadership.nodeStopped(this.#options.index);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#respond(incoming, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendAnswer(response, answerTo(error));
    }
  }

  async #respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { controlRoutes, clock, faults, requests, index, signal } = this.#options;
    const url = new URL(incoming.url ?? "/", this.url);
    const method = incoming.method ?? "GET";
    if (url.pathname.startsWith("/_sim/")) {
      const answer = await this.#route(controlRoutes, url, incoming, response);
      if (answer) sendAnswer(response, answer);
      return;
    }
    const { headers } = incoming;
    requests.add({
      node: index,
      method,
      url: incoming.url ?? "/",
      path: url.pathname,
      headers,
      at: clock.now(),
    });

    const fault = faults.take(method, url.pathname);
    if (fault?.hang) return;
    if (fault?.drop) {
      response.destroy();
      return;
    }
    if (fault?.delayMs && !await pause(clock, fault.delayMs, signal)) return;
    const replaced = fault?.status !== undefined || fault?.body !== undefined;
    const answer = replaced ? { status: 200 } : await this.#answer(url, incoming, response);
    if (answer) sendAnswer(response, fault ? applyFault(answer, fault) : answer, fault);
  }

  async #answer(url: URL, incoming: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const { auth, leadership, index, redirectStatus, nodeRoutes, leaderRoutes } = this.#options;
    if (auth && !isAuthorised(incoming.headers.authorization, auth)) {
      const headers = { "WWW-Authenticate": 'Basic realm="Mesosphere"' };
      return { ...refusal(401, "Invalid username or password."), headers };
    }
    const answersItself = nodeRoutes.some((route) => route.pattern.test(url.pathname));
    if (answersItself || !url.pathname.startsWith("/v2/")) {
      return await this.#route(nodeRoutes, url, incoming, response);
    }
    if (leadership.leader === index) return await this.#route(leaderRoutes, url, incoming, response);
    if (!leadership.leaderUrl) return refusal(503, "Could not determine the current leader");
    const location = leadership.leaderUrl + url.pathname + url.search;
    return { status: redirectStatus, headers: { Location: location } };
  }

  async #route(
    routes: readonly Route[],
    url: URL,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<Answer | undefined> {
    const method = incoming.method ?? "GET";
    const found = findRoute(routes, method, url.pathname);
    if (found === "no path") return refusal(404, `There is nothing at ${url.pathname}`);
    if (found === "no method") return refusal(405, `${method} is not possible at ${url.pathname}`);
    const request: RouteRequest = {
      method,
      url,
      params: found.params,
      clientIp: incoming.socket.remoteAddress ?? "",
      json: async () => JSON.parse(await readBody(incoming)),
      incoming,
      response,
    };
    return await found.route.handle(request);
  }
}

function isAuthorised(header: string | undefined, access: Access): boolean {
  if (typeof access === "function") return access(header);
  const { user, password } = access;
  return header === `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** What cannot be read is the client's fault, all else ours. */
function answerTo(error: unknown): Answer {
  const { message } = error as Error;
  if (error instanceof SyntaxError) return refusal(400, "Invalid JSON", { details: message });
  if (error instanceof URIError) return refusal(400, `Invalid path: ${message}`);
  if (error instanceof TypeError || error instanceof RangeError) return refusal(422, message);
  return refusal(500, message);
}
