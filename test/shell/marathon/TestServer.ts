import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { eventually } from "../../../tools/harness/eventually.ts";

/** A real HTTP server on a free port of the loopback interface that keeps what it was asked. */
export class TestServer {
  readonly requests: { method?: string; url?: string; authorization?: string }[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** With `pem`, the text of a certificate and its key, it speaks TLS. */
  static async start(listener: RequestListener, pem?: string): Promise<TestServer> {
    const server: Server = pem ? createSecureServer({ cert: pem, key: pem }) : createServer();
    const testServer = new TestServer(server);
    server.on("request", (request, response) => {
      const { method, url, headers: { authorization } } = request;
      testServer.requests.push({ method, url, ...(authorization && { authorization }) });
      listener(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return testServer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves when the client has closed all its connections. */
  async untilUnconnected(): Promise<void> {
    await eventually(() =>
      new Promise<boolean>((resolve, reject) => {
        this.#server.getConnections((error, count) => error ? reject(error) : resolve(count === 0));
      })
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
