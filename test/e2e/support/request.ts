import { Buffer } from "node:buffer";
import * as http from "node:http";
import * as https from "node:https";
import { deadline } from "../../../tools/harness/eventually.ts";

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  /** A connection of its own by default. */
  readonly agent?: http.Agent;
  /** The name that TLS asks for (SNI). The certificate itself is not verified. */
  readonly servername?: string;
  /** The address it comes from. */
  readonly localAddress?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Asks over HTTP or HTTPS, with the Host header of choice, which `fetch` does not allow. Rejects when the connection
 * breaks before the reply is complete.
 */
export async function request(url: string, options: RequestOptions = {}): Promise<Reply> {
  const { headers, method, agent = false, servername, localAddress } = options;
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const signal = AbortSignal.timeout(deadline);
    const outgoing = url.startsWith("https:")
      ? https.request(url, {
        headers,
        method,
        agent,
        servername,
        localAddress,
        rejectUnauthorized: false,
        signal,
      })
      : http.request(url, { headers, method, agent, localAddress, signal });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    outgoing.end();
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of response) pieces.push(piece);
  if (!response.complete) throw new Error(`${url}: the connection broke in the middle of the reply`);
  return {
    status: response.statusCode!,
    headers: response.headers,
    body: Buffer.concat(pieces).toString(),
  };
}
