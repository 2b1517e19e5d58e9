import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClusterApp } from "./makeCluster.ts";

/** Milliseconds between two line ends with which Marathon keeps a quiet event stream alive. */
const heartbeat = 10_000;

/**
 * The part of a Marathon that a load balancer uses, fast enough for ten thousand apps. It serves lists of apps, single
 * apps and the event stream, from JSON that is kept ready. It counts the requests.
 */
export class BenchMarathon {
  /**
   * Answers so far, by kind, and the bytes of their bodies. `mostLists` are the lists that were being sent at one time,
   * at most.
   */
  readonly served = { lists: 0, apps: 0, bytes: 0, streams: 0, eventBytes: 0, mostLists: 0 };
  /** When each list was asked for, in milliseconds. */
  readonly listTimes: number[] = [];
  readonly #texts = new Map<string, string>();
  readonly #streams = new Set<ServerResponse>();
  #listsNow = 0;
  readonly #server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://marathon");
    if (pathname === "/v2/events") return this.#stream(response);
    const id = decodeURIComponent(pathname.slice("/v2/apps".length));
    if (id === "") {
      return this.#sendList(response);
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

  /** How many event streams are open. */
  get listeners(): number {
    return this.#streams.size;
  }

  set(app: ClusterApp): void {
    this.#texts.set(app.id, JSON.stringify(app));
    this.#listText = undefined;
  }

  /** Makes the next list ready, which takes a while. */
  prepare(): void {
    this.#list();
  }

  /**
   * Tells that something happened to an app.
   *
   * @param members of the event, besides its type and its app
   */
  emit(eventType: string, appId: string, members: Record<string, unknown> = {}): void {
    const data = JSON.stringify({ eventType, appId, ...members, timestamp: "2026-11-01T08:00:00.000Z" });
    const frame = `event: ${eventType}\ndata: ${data}\n\n`;
    for (const stream of this.#streams) this.#send(stream, frame);
  }

  /** Ends all event streams, as a Marathon does that is no leader any more. */
  cutStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  async stop(): Promise<void> {
    this.cutStreams();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #list(): Uint8Array {
    return this.#listText ??= new TextEncoder().encode(`{"apps":[${[...this.#texts.values()].join(",")}]}`);
  }

  #sendList(response: ServerResponse): void {
    this.served.lists++;
    this.listTimes.push(performance.now());
    this.served.mostLists = Math.max(this.served.mostLists, ++this.#listsNow);
    response.once("close", () => this.#listsNow--);
    this.#answer(response, this.#list());
  }

  #answer(response: ServerResponse, body: string | Uint8Array, status = 200): void {
    this.served.bytes += body.length;
    response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    this.served.streams++;
    this.#streams.add(response);
    const beat = setInterval(() => this.#send(response, "\r\n"), heartbeat);
    response.on("close", () => {
      clearInterval(beat);
      this.#streams.delete(response);
    });
  }

  #send(stream: ServerResponse, text: string): void {
    stream.write(text);
    this.served.eventBytes += text.length;
  }
}
