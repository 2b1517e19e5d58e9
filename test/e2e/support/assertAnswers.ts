import assert from "node:assert/strict";
import { type Reply, request, type RequestOptions } from "./request.ts";

/** Sends a request, with the Host header as the server name of TLS too. */
export function ask(url: string, host: string, options: RequestOptions = {}): Promise<Reply> {
  const headers = { host, ...options.headers };
  return request(url, { servername: host.replace(/:\d+$/, ""), ...options, headers });
}

/** A request, and the app that has to answer it, or the status where none does. */
export type Expectation = readonly [
  url: string,
  host: string,
  answer: string | number,
  options?: RequestOptions,
];

/** Sends each request and asserts who answers it. */
export async function assertAnswers(expectations: readonly Expectation[]): Promise<void> {
  for (const [url, host, expected, options] of expectations) {
    const { status, headers } = await ask(url, host, options);
    assert.equal(
      headers["x-app-id"] ?? status,
      expected,
      `${url} of ${host} ${JSON.stringify(options ?? {})}`,
    );
  }
}
