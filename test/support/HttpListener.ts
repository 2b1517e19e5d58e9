import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

/** What a simulated service answers. */
export interface ServiceReply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface ServiceRequest {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** An HTTP or HTTPS server on a free port of the loopback interface, which keeps what it was asked. */
export class HttpListener implements AsyncDisposable {
  readonly requests: ServiceRequest[] = [];
  /** Answers instead of the true answer while it is set. */
  fault?: ServiceReply;
  readonly #server;
  readonly #scheme: string;

  private constructor(
    answer: (request: ServiceRequest) => ServiceReply | Promise<ServiceReply>,
    pem?: string,
  ) {
    const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
      const chunks = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const { method = "GET", url: path = "/", headers } = incoming;
      const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
      this.requests.push(request);
      const { status, body = {}, headers: extra } = this.fault ?? await answer(request);
      response.writeHead(status, { "content-type": "application/json", ...extra });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
    const listener = (incoming: IncomingMessage, response: ServerResponse) => {
      incoming.on("error", () => {/* handle is told, if it still reads */});
      handle(incoming, response).catch((error) => {
        // Whoever asked may be stopped before it has asked.
        if (error.code !== "ECONNRESET") throw error;
      });
    };
    this.#server = pem ? createSecureServer({ cert: pem, key: pem }, listener) : createServer(listener);
    this.#scheme = pem ? "https" : "http";
  }

  /** With `pem`, the text of a certificate for `localhost` and its key, it speaks TLS. */
  static async start(
    answer: (request: ServiceRequest) => ServiceReply | Promise<ServiceReply>,
    pem?: string,
  ): Promise<HttpListener> {
    const listener = new HttpListener(answer, pem);
    await new Promise<void>((resolve) => listener.#server.listen(0, "127.0.0.1", resolve));
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://${this.#scheme === "https" ? "localhost" : "127.0.0.1"}:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
