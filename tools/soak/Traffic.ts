import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { pause } from "../simulated-marathon/pause.ts";
import { soakAppId, soakHost } from "./soakApp.ts";

/** Much longer than any answer takes. */
const timeout = 20_000;
const betweenRequests = 20;

export interface TrafficPorts {
  readonly http: number;
  readonly https: number;
}

/** Clients that request the apps in turn: half by HTTP on kept connections, half by HTTPS on new ones. */
export class Traffic {
  answered = 0;
  /** Requests that failed while HAProxy was to be there. */
  readonly failures: string[] = [];
  /** Requests that failed because HAProxy was killed. */
  excused = 0;
  /** So often has HAProxy died. */
  #deaths = 0;
  #dead = false;
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ports: TrafficPorts,
    private readonly clients: number,
    private readonly apps: number,
    private readonly onFailure: (failure: string) => void,
  ) {}

  /** Begins to ask; does nothing when that is under way. */
  start(): void {
    const stop = this.#stop = new AbortController();
    this.#running = Promise.all(
      Array.from({ length: this.clients }, (_, client) => this.#keepAsking(client, stop.signal)),
    );
  }

  /** Resolves when the last requests were answered and no connection is left. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Between these two, HAProxy is not there: requests that have a part in it may fail. */
  haproxyDies(): void {
    this.#dead = true;
    this.#deaths++;
  }
  haproxyIsBack(): void {
    this.#dead = false;
  }

  async #keepAsking(client: number, signal: AbortSignal): Promise<void> {
    const agent = client % 2 === 0 ? new HttpAgent({ keepAlive: true, maxSockets: 1 }) : undefined;
    let app = client;
    do {
      const [deaths, dead] = [this.#deaths, this.#dead];
      const failure = await this.#ask(app++ % this.apps, agent);
      if (failure === undefined) this.answered++;
      else this.#failed(failure, dead || this.#dead || deaths !== this.#deaths);
    } while (await pause(systemClock, betweenRequests, signal));
    agent?.destroy();
  }

  #failed(failure: string, isExcused: boolean): void {
    if (isExcused) this.excused++;
    else this.failures.push(failure);
    this.onFailure(`${failure}${isExcused ? ", as HAProxy was killed" : ""}`);
  }

  /** Returns what went wrong. */
  async #ask(app: number, agent: HttpAgent | undefined): Promise<string | undefined> {
    const host = soakHost(app);
    const by = agent ? "HTTP" : "HTTPS";
    const common = { host: "127.0.0.1", headers: { host }, timeout };
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const request = agent
          ? httpRequest({ ...common, port: this.ports.http, agent }, resolve)
          : httpsRequest(
            { ...common, port: this.ports.https, agent: false, rejectUnauthorized: false },
            resolve,
          );
        request.once("timeout", () => request.destroy(new Error(`no answer within ${timeout / 1000} s`)));
        request.once("error", reject);
        request.end();
      });
      for await (const _ of response); // The answer counts when all of it is here.
      const { statusCode, headers } = response;
      if (statusCode !== 200) return `${host} by ${by}: status ${statusCode}`;
      const from = headers["x-app-id"];
      return from === soakAppId(app) ? undefined : `${host} by ${by}: answered by ${from}`;
    } catch (error) {
      return `${host} by ${by}: ${(error as Error).message}`;
    }
  }
}
