import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Clock } from "../clock/Clock.ts";
import { withIdleTimeout } from "./withIdleTimeout.ts";

export interface BodyOptions {
  readonly clock: Clock;
  /** Milliseconds without a byte after which an answer counts as broken. */
  readonly idleTimeout: number;
}

/**
 * The body of an answer as it arrives, decompressed where it came with gzip. A large answer may take its time, but not
 * `idleTimeout` milliseconds without a byte. Ends the answer when the reader stops early.
 */
export async function* bodyPieces(
  response: IncomingMessage,
  { clock, idleTimeout }: BodyOptions,
): AsyncGenerator<Uint8Array> {
  const zipped = response.headers["content-encoding"] === "gzip";
  // A failure of the answer reaches the reader by way of the decompression.
  const pieces = zipped ? pipeline(response, createGunzip(), () => {}) : response;
  try {
    yield* withIdleTimeout(pieces, idleTimeout, clock);
  } finally {
    if (!response.complete) response.destroy();
  }
}

/** The whole body of an answer as text (UTF-8), as {@link bodyPieces} reads it. */
export async function readBody(response: IncomingMessage, options: BodyOptions): Promise<string> {
  const pieces = [];
  for await (const piece of bodyPieces(response, options)) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
