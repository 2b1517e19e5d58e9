import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { BindAddress } from "../../core/addresses.ts";
import { isLeaderEvent, isRelevantEvent } from "../../core/marathon/events.ts";
import type { Logger } from "../log/logger.ts";

/** What a client may take of this process; times are in milliseconds. */
export interface CallbackLimits {
  /** For the head of a request, and for a connection to send anything at all. */
  readonly headTimeout: number;
  readonly requestTimeout: number;
  readonly bodyBytes: number;
  readonly connections: number;
}

/** An event that matters is a definition of an app or the state of a task: kilobytes, within a second. */
const defaultLimits: CallbackLimits = {
  headTimeout: 10_000,
  requestTimeout: 30_000,
  bodyBytes: 4 * 2 ** 20,
  connections: 64,
};

interface Reply {
  readonly status: number;
  /** Nothing to say of an event that was taken. */
  readonly text?: string;
}

/**
 * The listener for Marathon's callbacks. It accepts an event that is POSTed to any path, because a proxy on the way may
 * change the path. Any client can connect, so the server limits what a client can use, and treats each event as a hint
 * only.
 */
export class CallbackServer {
  /** Called with the type of each event that matters. Must not throw. */
  onEvent: (eventType: string) => void = () => {};
  readonly #server: Server;
  readonly #limits: CallbackLimits;

  /** @param pods `--pods` */
  private constructor(readonly host: string, limits: CallbackLimits, readonly pods: boolean) {
    this.#limits = limits;
    const { headTimeout, requestTimeout } = limits;
    this.#server = createServer(
      {
        headersTimeout: headTimeout,
        requestTimeout,
        keepAliveTimeout: headTimeout,
        connectionsCheckingInterval: Math.min(1_000, headTimeout),
      },
      (request, response) => void this.#respond(request, response),
    );
    this.#server.maxConnections = limits.connections;
  }

  /** @throws {Error} when the address cannot be listened on */
  static async listen(
    { host, port }: BindAddress,
    logger: Logger,
    { pods = false, ...limits }: Partial<CallbackLimits> & { readonly pods?: boolean } = {},
  ): Promise<CallbackServer> {
    const server = new CallbackServer(host, { ...defaultLimits, ...limits }, pods);
    server.#server.listen({ port, ...host !== "*" && { host } });
    try {
      await once(server.#server, "listening");
    } catch (error) {
      throw new Error(
        `Cannot listen for Marathon's callbacks on ${host}:${port}: ${(error as Error).message}; ` +
          "give an address of this machine and a free port",
        { cause: error },
      );
    }
    // A connection that could not be accepted, because file descriptors are used up for example; the next one may.
    server.#server.on(
      "error",
      ({ message }) => logger.warning(`Listener for Marathon's callbacks: ${message}`),
    );
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections, and does nothing the second time. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let reply: Reply;
    try {
      reply = await this.#answer(request);
    } catch {
      // The client closed the connection during its request, or was too slow: there is no client to answer.
      response.destroy();
      return;
    }
    const { status, text = "" } = reply;
    response.writeHead(status, {
      "content-type": "text/plain",
      "content-length": Buffer.byteLength(text),
      ...status === 405 && { allow: "POST" },
    });
    response.end(text);
  }

  async #answer(request: IncomingMessage): Promise<Reply> {
    // Read also where it does not count: a connection closed over unread bytes would lose the answer.
    const body = await readAtMost(request, this.#limits.bodyBytes);
    if (request.method !== "POST") {
      return { status: 405, text: "Send Marathon's events with POST\n" };
    }
    if (body === undefined) {
      return { status: 413, text: `An event may have at most ${this.#limits.bodyBytes} bytes\n` };
    }
    const eventType = readCallback(body);
    if (eventType === undefined) {
      return { status: 400, text: "Expected an event of Marathon: a JSON object with an eventType\n" };
    }
    if (isRelevantEvent(eventType, this.pods) || isLeaderEvent(eventType)) this.onEvent(eventType);
    return { status: 200 };
  }
}

/** The whole body as text, undefined where it has more bytes; those are read but not kept. */
async function readAtMost(request: IncomingMessage, limit: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > limit) pieces.length = 0;
    else pieces.push(piece);
  }
  return length > limit ? undefined : Buffer.concat(pieces).toString("utf8");
}

/**
 * The type of the event in the body of a callback: one JSON object with an `eventType`. Undefined for anything else.
 * Only the type is kept, since an event only says that something may have changed.
 */
export function readCallback(body: string): string | undefined {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof event !== "object" || event === null || !("eventType" in event)) return undefined;
  const { eventType } = event;
  return typeof eventType === "string" && eventType !== "" ? eventType : undefined;
}
