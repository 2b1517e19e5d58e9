import { Buffer } from "node:buffer";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";

/** What a route answers. */
export interface ControlAnswer {
  status: number;
  /** Content type. */
  type: string;
  body: string;
}

/** What is answered, by method and path without the query: `POST /signal/hup`. */
export type ControlRoutes = Readonly<Record<string, () => ControlAnswer | Promise<ControlAnswer>>>;

// HAProxy's workers may run as another user (`user haproxy`), and their Lua scripts must connect. It opens nothing that
// port 9090 does not: who may reach the routes at all is up to the frontend there and to the socket's directory.
const everyUser = 0o666;

/** Milliseconds that a marathon-lb which runs may be busy before it answers. */
const patience = 3_000;

/** A small HTTP server on a Unix socket: HAProxy's way back to the process that supervises it. */
export class ControlServer {
  readonly #routes: ControlRoutes;
  #server: Server;

  private constructor(readonly path: string, routes: ControlRoutes, server: Server) {
    this.#routes = routes;
    this.#server = server;
  }

  /**
   * Listens on a socket at `path`, in place of one that a process which is no more left there. Throws when another process
   * still answers on it, or the path cannot be used.
   */
  static async listen(path: string, routes: ControlRoutes): Promise<ControlServer> {
    if (await answers(path)) {
      throw new Error(
        `Another marathon-lb already listens on ${path}: stop it, or use another directory for this one`,
      );
    }
    await rm(path, { force: true });
    return new ControlServer(path, routes, await listen(path, routes));
  }

  /** Listens anew where the socket was removed. Throws when the path cannot be used. */
  async remake(): Promise<void> {
    if (existsSync(this.path)) return;
    // To close it removes whatever is at the path by then.
    await this.#end();
    this.#server = await listen(this.path, this.#routes);
  }

  /** Ends all connections and removes the socket. */
  async close(): Promise<void> {
    await this.#end();
    await rm(this.path, { force: true });
  }

  async #end(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

async function listen(path: string, routes: ControlRoutes): Promise<Server> {
  const server = createServer((request, response) => respond(routes, request, response));
  server.listen(path);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new Error(`Cannot listen on the control socket ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  await chmod(path, everyUser);
  return server;
}

async function respond(
  routes: ControlRoutes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = `${request.method} ${request.url?.replace(/\?.*$/, "")}`;
  const { status, type, body } = await answer(routes, route);
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    connection: "close",
  });
  response.end(body);
}

async function answer(routes: ControlRoutes, route: string): Promise<ControlAnswer> {
  const handler = Object.hasOwn(routes, route) ? routes[route] : undefined;
  if (!handler) return { status: 404, type: "text/plain", body: `No such endpoint: ${route}\n` };
  try {
    return await handler();
  } catch (error) {
    return { status: 500, type: "text/plain", body: `${error instanceof Error ? error.message : error}\n` };
  }
}

/**
 * Whether a process answers on the socket. To be connected is not enough: Deno lets children inherit the sockets of Unix
 * listeners, so a HAProxy that outlived its supervisor keeps one open on which nobody ever answers.
 */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    const socket = connect({ path }, () => socket.write("GET / HTTP/1.0\r\n\r\n"));
    socket.setTimeout(patience, () => settle(false));
    socket.on("data", () => settle(true));
    socket.on("error", () => settle(false));
    socket.on("close", () => settle(false));
  });
}
