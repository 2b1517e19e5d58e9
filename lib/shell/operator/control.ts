import { Buffer } from "node:buffer";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import type { AppVerdict } from "../../core/explain/verdict.ts";
import { metricsType } from "../../core/status/metrics.ts";
import type { CertificateState } from "../../core/status/state.ts";
import type { StatusRecorder } from "./status.ts";

/** What a route answers. */
export interface ControlAnswer {
  status: number;
  /** Content type. */
  type: string;
  body: string;
  /** More headers, by their names in lower case. */
  headers?: Readonly<Record<string, string>>;
}

/** What is answered, by method and path without the query: `POST /signal/hup`. */
export type ControlRoutes = Readonly<
  Record<string, (parameters: URLSearchParams) => ControlAnswer | Promise<ControlAnswer>>
>;

// HAProxy's workers may run as another user (`user haproxy`), and their Lua scripts must connect. This opens nothing
// that port 9090 does not. The frontend there and the socket's directory decide which clients reach the routes.
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
   * Throws when another process answers on a socket at `path`. That process has no lock of its directories, as 1.0.0,
   * or shares only the run directory with us.
   */
  static async refuseAnother(path: string): Promise<void> {
    if (!await answers(path)) return;
    throw new Error(
      `Another marathon-lb already listens on ${path}: stop it, or use another directory for this one`,
    );
  }

  /**
   * Listens on a socket at `path`, and replaces one that an ended process left there. Call `refuseAnother` first.
   * Throws when the path cannot be used.
   */
  static async listen(path: string, routes: ControlRoutes): Promise<ControlServer> {
    await rm(path, { force: true });
    return new ControlServer(path, routes, await listen(path, routes));
  }

  /** Listens again where the socket was removed. Throws when the path cannot be used. */
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
  const [path, ...query] = (request.url ?? "").split("?");
  const route = `${request.method} ${path}`;
  const parameters = new URLSearchParams(query.join("?"));
  const { status, type, body, headers } = await answer(routes, route, parameters);
  response.writeHead(status, {
    ...headers,
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    connection: "close",
  });
  response.end(body);
}

async function answer(
  routes: ControlRoutes,
  route: string,
  parameters: URLSearchParams,
): Promise<ControlAnswer> {
  const handler = Object.hasOwn(routes, route) ? routes[route] : undefined;
  if (!handler) return { status: 404, type: "text/plain", body: `No such endpoint: ${route}\n` };
  try {
    return await handler(parameters);
  } catch (error) {
    return { status: 500, type: "text/plain", body: `${error instanceof Error ? error.message : error}\n` };
  }
}

/**
 * Whether a process answers on the socket. A connection alone does not prove that. Deno lets children inherit the
 * sockets of Unix listeners, so a HAProxy that outlived its supervisor keeps one open. No process ever answers on it.
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

/** Where the Lua scripts, and `marathon-lb health`, reach the program whose `--run-dir` this is. */
export function controlSocketPath(runDir: string): string {
  return join(runDir, "marathon-lb.sock");
}

/** Functions that read files which HAProxy may not read itself after it became another user, by the file's name. */
export type FileReaders = Readonly<Record<string, () => Promise<string | undefined>>>;

/** What HAProxy's Lua scripts can ask of us, for `/_mlb_signal/hup`, `/_mlb_signal/usr1`, `/_mlb_metrics` and the like. */
export function controlRoutes(
  tick: (reason: string) => void,
  status: Pick<StatusRecorder, "metrics" | "health" | "status">,
  certificates: () => Promise<readonly CertificateState[]>,
  files: FileReaders = {},
  verdicts: () => Promise<readonly AppVerdict[]> = () => Promise.resolve([]),
): ControlRoutes {
  const deliver = (signal: string) => () => {
    tick(signal);
    return { status: 200, type: "text/plain", body: `${signal} delivered\n` };
  };
  return {
    "POST /signal/hup": deliver("SIGHUP"),
    "POST /signal/usr1": deliver("SIGUSR1"),
    "GET /metrics": async () => ({
      status: 200,
      type: metricsType,
      body: status.metrics(await certificates()),
    }),
    "GET /health": () => {
      const { healthy, reasons } = status.health();
      const body = healthy ? "healthy\n" : `${reasons.join("\n")}\n`;
      return { status: healthy ? 200 : 503, type: "text/plain; charset=utf-8", body };
    },
    "GET /status": async () => ({
      status: 200,
      type: "application/json",
      body: status.status(await certificates(), await verdicts()),
    }),
    ...Object.fromEntries(
      Object.entries(files).map(([name, read]) => [`GET /files/${name}`, async () => {
        const body = await read();
        return { status: body === undefined ? 404 : 200, type: "text/plain", body: body ?? "" };
      }]),
    ),
  };
}
