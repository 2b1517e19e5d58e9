import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * One port of a task. It holds its port from the beginning, so that no other process gets it. Until it is opened, it
 * resets every connection.
 */
export class TaskServer {
  #server: Server;
  #open = false;
  #inFlight = 0;
  #idle: () => void = () => {};

  private constructor(handle: RequestListener) {
    this.#server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
      this.#inFlight++;
      response.once("close", () => {
        if (--this.#inFlight === 0) this.#idle();
      });
      handle(request, response);
    });
    this.#server.on("connection", (socket) => {
      if (!this.#open) socket.destroy();
    });
  }

  /** Takes the port, 0 for any free one. Rejects with the reason of the system, such as EADDRINUSE. */
  static async listen(host: string, port: number, handle: RequestListener): Promise<TaskServer> {
    const taskServer = new TaskServer(handle);
    const server = taskServer.#server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    return taskServer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Begins to answer. */
  open(): void {
    this.#open = true;
  }

  /** Refuses new connections, lets the requests in flight end, then closes all connections. */
  async close(): Promise<void> {
    const closed = this.#stopListening();
    this.#server.closeIdleConnections();
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle = resolve);
    this.#server.closeAllConnections();
    await closed;
  }

  /** Closes everything at once, requests in flight included. */
  async destroy(): Promise<void> {
    const closed = this.#stopListening();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Resolves also where the server is closed already: `close` reports that as an error, which says nothing new. */
  #stopListening(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
