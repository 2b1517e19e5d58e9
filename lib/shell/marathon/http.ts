import { Buffer } from "node:buffer";
import { Agent, type IncomingMessage, request as sendHttp } from "node:http";
import { Agent as SecureAgent, request as sendHttps } from "node:https";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { getCACertificates } from "node:tls";
import { createGunzip } from "node:zlib";
import { type Clock, notNeeded, startTimer } from "../system/clock.ts";
import { hasCode } from "../system/files.ts";

export interface RequestOptions {
  method: string;
  headers: Record<string, string>;
  body?: string;
  agent: Agent;
  clock: Clock;
  /** Milliseconds for the connection to stand, TLS included. */
  connectTimeout: number;
  /** Milliseconds for the head of the answer to come. */
  answerTimeout: number;
  signal: AbortSignal;
}

/**
 * Sends a request and resolves with the head of the answer. The caller reads or destroys the body. Rejects with the
 * error of the connection, a `TimeoutError`, or the signal's reason. An abort also ends a body that is being read.
 */
export async function sendRequest(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  while (true) {
    const response = await sendOnce(url, options);
    if (response) return response;
  }
}

/** As {@link sendRequest}, but `undefined` when a connection was used again that the server had closed meanwhile. */
function sendOnce(url: URL, options: RequestOptions): Promise<IncomingMessage | undefined> {
  const { method, headers, body, agent, clock, connectTimeout, answerTimeout, signal } = options;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const secure = url.protocol === "https:";
    const request = (secure ? sendHttps : sendHttp)(url, { method, headers, agent });
    let failed = false;
    let stopConnectTimer = () => {};
    const stopAnswerTimer = startTimer(clock, answerTimeout, () => fail(timeOut("no answer", answerTimeout)));
    const onAbort = () => fail(signal.reason);
    const stopTimers = () => {
      stopConnectTimer();
      stopAnswerTimer();
    };
    const fail = (error: unknown) => {
      failed = true;
      stopTimers();
      signal.removeEventListener("abort", onAbort);
      reject(error);
      request.destroy(error instanceof Error ? error : undefined);
    };

    signal.addEventListener("abort", onAbort, { once: true });
    request.on("socket", (socket: Socket) => {
      if (failed) {
        // Deno sends a request again whose kept-alive connection broke, also when our side broke it.
        socket.destroy();
      } else if (socket.connecting) {
        stopConnectTimer();
        stopConnectTimer = startTimer(
          clock,
          connectTimeout,
          () => fail(timeOut("no connection", connectTimeout)),
        );
        socket.once(secure ? "secureConnect" : "connect", () => stopConnectTimer());
      }
    });
    request.on("response", (response: IncomingMessage) => {
      stopTimers();
      resolve(response);
    });
    request.on("error", (error) => {
      if (request.reusedSocket && hasCode(error, "ECONNRESET")) resolve(undefined);
      fail(error);
    });
    request.on("close", () => signal.removeEventListener("abort", onAbort));
    request.end(body);
  });
}

export interface BodyOptions {
  readonly clock: Clock;
  /** Milliseconds without a byte after which an answer counts as broken, and the limit for the whole of a small one. */
  readonly idleTimeout: number;
  /** Bytes that the body may have, decompressed. */
  readonly limit: number;
}

/** Bytes of the body of a refusal: a message, or a page of a proxy. */
export const errorLimit = 64 * 2 ** 10;
/** Bytes of an answer with one fact in it: the leader, a token, a subscription. */
export const factLimit = 2 ** 20;

/** Bytes of a body that may take no longer than the wait for one byte. */
const smallLimit = 2 ** 20;
/** Bytes that a larger one has to have in each such time: what brings less drips. */
const leastProgress = 64 * 2 ** 10;
/** How many such times a larger one may take in all. */
const longest = 10;

/** A body that has more bytes than it may. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";

  constructor(readonly limit: number) {
    const [size, unit] = limit < 2 ** 20 ? [limit / 2 ** 10, "KiB"] : [limit / 2 ** 20, "MiB"];
    super(`the answer has more than ${Number(size.toFixed(1))} ${unit}`);
  }
}

/**
 * The body of an answer as it arrives, decompressed where it came with gzip. A large answer may take its time, but not
 * `idleTimeout` milliseconds without a byte, nor drip. Ends the answer when the reader stops early.
 *
 * @throws {TooLarge} before it passes on more than the limit
 */
export async function* bodyPieces(
  response: IncomingMessage,
  { clock, idleTimeout, limit }: BodyOptions,
): AsyncGenerator<Uint8Array> {
  const zipped = response.headers["content-encoding"] === "gzip";
  // A failure of the answer reaches the reader by way of the decompression.
  const pieces = zipped ? pipeline(response, createGunzip(), () => {}) : response;
  const iterator: AsyncIterator<Uint8Array> = pieces[Symbol.asyncIterator]();
  const began = clock.monotonic();
  const total = limit > smallLimit ? longest * idleTimeout : idleTimeout;
  let [read, windowBegan, inWindow] = [0, began, 0];
  try {
    while (true) {
      const now = clock.monotonic();
      if (limit > smallLimit && now - windowBegan >= idleTimeout) {
        if (inWindow < leastProgress) throw timeOut(`no more than ${inWindow} bytes`, now - windowBegan);
        [windowBegan, inWindow] = [now, 0];
      }
      const left = began + total - now;
      if (left <= 0) throw timeOut("no whole answer", total);
      const result = await nextPiece(
        iterator,
        Math.min(idleTimeout, left),
        clock,
        () => left < idleTimeout ? timeOut("no whole answer", total) : timeOut("no byte", idleTimeout),
      );
      if (result.done) return;
      const { length } = result.value;
      read += length;
      inWindow += length;
      if (read > limit) throw new TooLarge(limit);
      yield result.value;
    }
  } finally {
    // Of a body that was read whole there is nothing left to destroy.
    if (pieces !== response) pieces.destroy();
    if (!response.complete || !response.readableEnded) response.destroy();
  }
}

/**
 * The whole body of an answer as text (UTF-8), as {@link bodyPieces} reads it.
 *
 * @throws {TooLarge} when it has more bytes than the limit
 */
export async function readBody(response: IncomingMessage, options: BodyOptions): Promise<string> {
  const pieces = [];
  for await (const piece of bodyPieces(response, options)) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

/** The error of a wait that took too long; `what` did not happen within `milliseconds`. */
export function timeOut(what: string, milliseconds: number): DOMException {
  return new DOMException(`${what} within ${milliseconds / 1000} s`, "TimeoutError");
}

/** Milliseconds for a connection to stand, TLS included. */
export const connectTimeout = 3_000;

/** Milliseconds for an answer to begin, and then for its next byte. */
export const answerTimeout = 46_000;

/** Passes the pieces of a stream on; throws a `TimeoutError` when none comes for `idleTimeout` milliseconds. */
export async function* withIdleTimeout(
  pieces: AsyncIterable<Uint8Array>,
  idleTimeout: number,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  while (true) {
    const result = await nextPiece(iterator, idleTimeout, clock, () => timeOut("no byte", idleTimeout));
    if (result.done) return;
    yield result.value;
  }
}

/**
 * The next piece of a stream; throws what `tooLate` makes when it does not come within `milliseconds`. An answer has
 * hundreds of pieces, and an error records the stack.
 */
export async function nextPiece(
  iterator: AsyncIterator<Uint8Array>,
  milliseconds: number,
  clock: Clock,
  tooLate: () => Error,
): Promise<IteratorResult<Uint8Array>> {
  const received = new AbortController();
  const idle = clock.sleep(milliseconds, received.signal).then(() => {
    throw tooLate();
  });
  try {
    return await Promise.race([iterator.next(), idle]);
  } finally {
    received.abort(notNeeded);
  }
}

export interface TlsTrust {
  /** PEM text of the certificate authorities that are trusted instead of the system's. */
  ca?: string;
  /** Do not verify TLS. */
  insecure: boolean;
  /** The name that certificates have to be for, where URLs hold addresses. */
  servername?: string;
}

/** The connections to servers of one kind, kept open between requests. */
export class HttpAgents {
  readonly #trust: TlsTrust;
  readonly #agent = new Agent({ keepAlive: true });
  #secureAgent?: SecureAgent;

  constructor(trust: TlsTrust) {
    this.#trust = trust;
  }

  for(url: URL): Agent {
    if (url.protocol !== "https:") return this.#agent;
    const { ca, insecure, servername } = this.#trust;
    // Made when it is needed: reading the system's certificates takes its time.
    return this.#secureAgent ??= new SecureAgent({
      keepAlive: true,
      ca: ca ?? (insecure ? undefined : systemRoots()),
      rejectUnauthorized: !insecure,
      ...servername === undefined ? {} : { servername },
    });
  }

  /** Closes the connections that are kept for the next request. */
  close(): void {
    this.#agent.destroy();
    this.#secureAgent?.destroy();
  }
}

/**
 * The certificate authorities the system trusts, as PEM texts: by default Node and Deno trust a list of their own.
 * `undefined` where the system has none (a scratch image), so that this list is used after all.
 */
export function systemRoots(): string[] | undefined {
  const roots = new Set([...getCACertificates("system"), ...getCACertificates("extra")]);
  return roots.size > 0 ? [...roots] : undefined;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** Where an answer redirects to, or `undefined` when it does not. */
export function redirectTarget(response: IncomingMessage, asked: URL): URL | undefined {
  const { location } = response.headers;
  if (!redirectStatuses.has(response.statusCode ?? 0) || !location || !URL.canParse(location, asked.href)) {
    return undefined;
  }
  const target = new URL(location, asked);
  if (!/^https?:$/.test(target.protocol)) return undefined;
  // The client's own credentials are sent or none, never some that an answer holds.
  target.username = target.password = "";
  return target;
}
