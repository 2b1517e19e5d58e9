import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClusterApp } from "./makeCluster.ts";

/**
 * The part of a Marathon that a load balancer uses, fast enough for ten thousand apps. It serves lists of apps, single
 * apps and the event stream, from JSON that is kept ready. It counts the requests.
 */
export class BenchMarathon {
  /** Answers so far, by kind, and their bytes. */
  readonly served = { lists: 0, apps: 0, bytes: 0 };
  readonly #texts = new Map<string, string>();
  readonly #streams = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://marathon");
    if (pathname === "/v2/events") return this.#stream(response);
    const id = decodeURIComponent(pathname.slice("/v2/apps".length));
    if (id === "") {
      this.served.lists++;
      return this.#answer(response, this.#list());
    }
    this.served.apps++;
    const text = this.#texts.get(id);
    this.#answer(
      response,
      text === undefined ? '{"message":"no such app"}' : `{"app":${text}}`,
      text ? 200 : 404,
    );
  });
  #listText: Uint8Array | undefined;

  static async start(apps: readonly ClusterApp[]): Promise<BenchMarathon> {
    const marathon = new BenchMarathon();
    for (const app of apps) marathon.set(app);
    await new Promise<void>((resolve) => marathon.#server.listen(0, "127.0.0.1", resolve));
    return marathon;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether somebody listens to events. */
  get isHeard(): boolean {
    return this.#streams.size > 0;
  }

  set(app: ClusterApp): void {
    this.#texts.set(app.id, JSON.stringify(app));
    this.#listText = undefined;
  }

  /** Makes the next list ready, which takes a while. */
  prepare(): void {
    this.#list();
  }

  /** Tells that something happened to an app. */
  emit(eventType: string, appId: string): void {
    const data = JSON.stringify({ eventType, appId, timestamp: "2026-11-01T08:00:00.000Z" });
    for (const stream of this.#streams) stream.write(`event: ${eventType}\ndata: ${data}\n\n`);
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #list(): Uint8Array {
    return this.#listText ??= new TextEncoder().encode(`{"apps":[${[...this.#texts.values()].join(",")}]}`);
  }

  #answer(response: ServerResponse, body: string | Uint8Array, status = 200): void {
    this.served.bytes += body.length;
    response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  }
}
