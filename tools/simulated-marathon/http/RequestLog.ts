import type { JsonObject } from "../JsonObject.ts";

/** A request as it came in, before anything was done about it. */
export interface RecordedRequest extends JsonObject {
  /** Index of the node that got it. */
  readonly node: number;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** All requests to the Marathon nodes, those under `/_sim/` excepted. */
export class RequestLog {
  #requests: RecordedRequest[] = [];
  #waiting: { path: string; count: number; resolve: () => void }[] = [];

  get all(): readonly RecordedRequest[] {
    return this.#requests;
  }

  /** Those to a path; the query does not count. */
  of(path: string): RecordedRequest[] {
    return this.#requests.filter((request) => request.path === path);
  }

  count(path: string): number {
    return this.of(path).length;
  }

  /** Resolves once there have been at least `count` requests to a path. */
  until(path: string, count: number): Promise<void> {
    if (this.count(path) >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ path, count, resolve }));
  }

  add(request: RecordedRequest): void {
    this.#requests.push(request);
    const reached = this.#waiting.filter(({ path, count }) => this.count(path) >= count);
    this.#waiting = this.#waiting.filter((waiter) => !reached.includes(waiter));
    for (const { resolve } of reached) resolve();
  }

  clear(): void {
    this.#requests = [];
  }
}
