import { Agent } from "node:http";
import { eventually } from "../../../tools/harness/eventually.ts";
import { request } from "./request.ts";

/** Clients that each ask for one URL, over and over, on a connection they keep, and record who answered. */
export class Traffic implements AsyncDisposable {
  /** Requests that had an answer of status 200. */
  answered = 0;
  /** What went wrong with the others. */
  readonly failures: string[] = [];
  #tasks = new Set<string>();
  #stopped = false;
  readonly #clients: Promise<void>[];

  constructor(url: string, host: string, clients = 4) {
    this.#clients = Array.from({ length: clients }, () => this.#ask(url, host));
  }

  /** Waits until, from now on, exactly these tasks have answered in the course of so many requests. */
  async untilAnsweredBy(taskIds: readonly string[], requests = 200): Promise<void> {
    const expected = [...taskIds].sort().join(", ");
    await eventually(async () => {
      this.#tasks = new Set();
      const begin = this.answered;
      await eventually(() => {
        if (this.answered < begin + requests) throw new Error(`${this.answered - begin} requests answered`);
      });
      const seen = [...this.#tasks].sort().join(", ");
      if (seen !== expected) throw new Error(`Answered by ${seen}, and not by ${expected}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #ask(url: string, host: string): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!this.#stopped) {
      try {
        const { status, headers } = await request(url, { headers: { host }, agent });
        if (status === 200) this.answered++;
        else this.failures.push(`status ${status}`);
        this.#tasks.add(String(headers["x-task-id"]));
      } catch (error) {
        this.failures.push((error as Error).message);
      }
    }
    agent.destroy();
  }
}
