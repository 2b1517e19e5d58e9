import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A server behind HAProxy that answers its name, and counts what it is asked on how many connections. */
export class Upstream implements AsyncDisposable {
  connections = 0;
  requests = 0;
  checks = 0;
  healthy = true;
  /** Answers are given when this is resolved. */
  ready: Promise<void> = Promise.resolve();

  private constructor(readonly name: string, readonly server: Server) {
    server.on("connection", () => this.connections++);
    server.on("request", (request, response) => {
      if (request.url === "/health") {
        this.checks++;
        response.writeHead(this.healthy ? 200 : 503).end();
        return;
      }
      this.requests++;
      void this.ready.then(() => response.end(this.name));
    });
  }

  static async listen(name: string): Promise<Upstream> {
    const upstream = new Upstream(name, createServer({ keepAliveTimeout: 60_000 }));
    upstream.server.listen(0, "127.0.0.1");
    await once(upstream.server, "listening");
    return upstream;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The `server` line that leads to it. */
  line(id: number, options = ""): string {
    return `  server ${this.name} 127.0.0.1:${this.port} id ${id}${options && ` ${options}`}\n`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}
