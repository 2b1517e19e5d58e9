import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Clock } from "../clock/Clock.ts";
import { withIdleTimeout } from "./withIdleTimeout.ts";

const decompress = promisify(gunzip);

/**
 * The whole body of an answer as text (UTF-8), decompressed where it came with gzip. A large answer may take its time, but
 * not `idleTimeout` milliseconds without a byte.
 */
export async function readBody(
  response: IncomingMessage,
  { clock, idleTimeout }: { clock: Clock; idleTimeout: number },
): Promise<string> {
  try {
    const chunks = [];
    for await (const chunk of withIdleTimeout(response, idleTimeout, clock)) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    return (response.headers["content-encoding"] === "gzip" ? await decompress(body) : body).toString("utf8");
  } finally {
    if (!response.complete) response.destroy();
  }
}
