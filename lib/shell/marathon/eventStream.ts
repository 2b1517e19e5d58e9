import { type ErrorEvent, EventSource } from "eventsource";
import {
  type EventFrame,
  eventsPath,
  firstWait,
  healthyAfter,
  isDeploymentEvent,
  isRelevantEvent,
  type MarathonEvent,
  nextWait,
  readEventFrame,
} from "../../core/marathon/events.ts";
import type { Logger } from "../log/logger.ts";
import { Alarm, type Clock } from "../system/clock.ts";
import type { EventStream, MarathonClient } from "./client.ts";
import { withIdleTimeout } from "./http.ts";

/** How many unreadable events of a connection are logged as a warning each: more would fill the log. */
const mostProblems = 10;

export interface FollowEventsOptions {
  client: Pick<MarathonClient, "openEvents" | "failOver">;
  /** `--pods` */
  pods?: boolean;
  clock: Clock;
  logger: Logger;
  /** From 0 up to 1, as `Math.random`. */
  random: () => number;
  signal: AbortSignal;
  /** Milliseconds without a byte after which a stream counts as dead (`--sse-idle-timeout`). */
  idleTimeout: number;
  /** The longest pause between two attempts, in milliseconds (`--max-backoff`). */
  maxBackoff: number;
  /** Ends a pause between two attempts: rung when Marathon is known to answer again. */
  alarm?: Alarm;
  /** Called at every connection: what happened while there was none has to be caught up on. Must not throw. */
  onConnected: () => void;
  /** Called when a connection has ended, or could not be made. Must not throw. */
  onDisconnected?: (reason: string) => void;
  /** Called for every event of a kind that matters. Must not throw. */
  onEvent: (event: MarathonEvent) => void;
}

/**
 * Follows Marathon's event stream until the signal is aborted, then resolves. A dead stream is opened again at once.
 * After any other end there is a random pause. Its upper bound grows, and starts over after a healthy connection.
 */
export async function followEvents(options: FollowEventsOptions): Promise<void> {
  const { clock, logger, random, signal, maxBackoff, alarm = new Alarm() } = options;
  const startWait = Math.min(firstWait, maxBackoff);
  let wait = startWait;
  while (!signal.aborted) {
    const end = await followOnce(options, () => wait = startWait);
    if (signal.aborted) return;
    options.onDisconnected?.(end.reason);
    if (end.dead) {
      logger.warning(`${end.reason}: the stream counts as dead, reconnecting at once`);
      continue;
    }
    const pause = random() * wait;
    wait = nextWait(wait, maxBackoff);
    logger.warning(`${end.reason} Reconnecting in ${(pause / 1000).toFixed(1)} s`);
    await sleep(clock, pause, AbortSignal.any([signal, alarm.signal]));
  }
}

interface StreamEnd {
  reason: string;
  /** Nothing was heard for too long, as opposed to an end or an error. */
  dead: boolean;
}

/** Follows one connection to its end. */
async function followOnce(options: FollowEventsOptions, onHealthy: () => void): Promise<StreamEnd> {
  const { client, logger, signal, pods } = options;
  const connection = new AbortController();
  let stream: EventStream | undefined;
  try {
    stream = await client.openEvents(eventsPath(pods), AbortSignal.any([signal, connection.signal]));
    logger.info(`Event stream of ${stream.url} connected`);
    options.onConnected();
    await readStream(stream, options, onHealthy);
    return { reason: `The event stream of ${stream.url} ended.`, dead: false };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!stream) return { reason: message, dead: false };
    const dead = error instanceof DOMException && error.name === "TimeoutError";
    return { reason: `The event stream of ${stream.url} failed (${message})${dead ? "" : "."}`, dead };
  } finally {
    connection.abort();
    if (stream) client.failOver(stream.url);
  }
}

async function readStream(
  stream: EventStream,
  options: FollowEventsOptions,
  onHealthy: () => void,
): Promise<void> {
  const { clock, logger, idleTimeout, onEvent, pods } = options;
  const connectedAt = clock.monotonic();
  let problemsTold = 0;
  const tell = (problem: string) => {
    const line = `Event stream of ${stream.url}: ${problem}`;
    problemsTold++;
    if (problemsTold < mostProblems) logger.warning(line);
    else if (problemsTold > mostProblems) logger.debug(line);
    else logger.warning(`${line}; further ones of this connection are logged at level DEBUG`);
  };
  // Counted in bytes: a comment that keeps the connection alive never becomes a frame.
  async function* alive(): AsyncGenerator<Uint8Array> {
    for await (const piece of withIdleTimeout(stream.pieces, idleTimeout, clock)) {
      if (clock.monotonic() - connectedAt >= healthyAfter) onHealthy();
      yield piece;
    }
  }
  await readFrames(alive(), (frame) => {
    const { events, problems } = readEventFrame(frame);
    for (const problem of problems) tell(problem);
    for (const event of events) {
      if (isRelevantEvent(event.eventType, pods) || isDeploymentEvent(event.eventType)) onEvent(event);
    }
  });
}

async function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The limits of a frame of an event stream. Anything beyond is no event of Marathon's, and would fill the memory. */
export interface FrameLimits {
  /** Of all its lines together, and of a line that has not ended. */
  readonly characters: number;
  readonly lines: number;
}

/** An event may be megabytes long, as apps are; several in one frame are a line each. */
const defaultLimits: FrameLimits = { characters: 64 * 2 ** 20, lines: 10_000 };

/**
 * Reads the frames of one connection that is open already, by the package `eventsource`; resolves when the pieces end.
 * Rejects with what the pieces throw, or with a `RangeError` when a frame or a line is beyond the limits.
 *
 * @param onFrame called for each frame in turn, while no further piece is asked for. Must not throw.
 */
export async function readFrames(
  pieces: AsyncIterable<Uint8Array>,
  onFrame: (frame: EventFrame) => void,
  limits?: Partial<FrameLimits>,
): Promise<void> {
  const mender = new StreamMender(limits);
  const ended = Promise.withResolvers<void>();
  async function* mended(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of pieces) {
        const bytes = mender.feed(piece);
        if (bytes.length > 0) yield bytes;
      }
    } catch (error) {
      // The package reports only the message of an error, and nothing of an `AbortError`.
      ended.reject(error);
      throw error;
    }
  }
  const source = new Connection(ReadableStream.from(mended()), onFrame, (error) => {
    if (error === undefined) ended.resolve();
    else ended.reject(new Error(error));
  });
  try {
    await ended.promise;
  } finally {
    // Not in its event `error`: it sets the timer of its own reconnecting after that event.
    source.close();
  }
}

/** One connection as `eventsource` reads it. */
class Connection extends EventSource {
  readonly #onFrame: (frame: EventFrame) => void;
  readonly #onEnd: (error: string | undefined) => void;

  constructor(
    body: ReadableStream<Uint8Array>,
    onFrame: (frame: EventFrame) => void,
    onEnd: (error: string | undefined) => void,
  ) {
    // Our client opened the connection and checked the answer, so no request goes to this URL.
    const url = "http://marathon.invalid/";
    const headers = { get: () => "text/event-stream" };
    super(url, { fetch: () => Promise.resolve({ body, url, headers, status: 200, redirected: false }) });
    this.#onFrame = onFrame;
    this.#onEnd = onEnd;
  }

  /**
   * Receives the frames of all names. A listener receives one name only, so it would miss objects in a frame that is
   * named after another object. It would also treat a frame named `error` as the end.
   */
  override dispatchEvent(event: Event): boolean {
    if (event instanceof MessageEvent) {
      this.#onFrame({ event: event.type === unnamed ? undefined : event.type, data: event.data });
    } else if (event.type === "error") {
      this.#onEnd((event as ErrorEvent).message);
    }
    return true;
  }
}

/** What the WHATWG's HTML standard (9.2.6) calls an event without a name. */
const unnamed = "message";

const nothing = new Uint8Array();

/**
 * Repairs the bytes of an event stream for a reader of the WHATWG's HTML standard (9.2, server-sent events), and limits
 * their size. It returns whole lines that end with a line feed, with names and data only. Time and memory are linear in
 * the length of a line, in pieces of any size.
 *
 * Marathon may put several JSON objects into a frame, with `data:` before the first one only. So lines that begin with
 * `{` are data too.
 */
export class StreamMender {
  readonly #limits: FrameLimits;
  readonly #lines = new LineReader();
  readonly #encoder = new TextEncoder();
  #dataLines = 0;
  #length = 0;

  constructor(limits: Partial<FrameLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** The lines that end in this piece of the stream. Throws a `RangeError` when a frame has more than the limits. */
  feed(bytes: Uint8Array): Uint8Array {
    const mended: string[] = [];
    for (const line of this.#lines.feed(bytes)) {
      if (line === "") this.#length = this.#dataLines = 0;
      else if (!this.#take(line)) continue;
      mended.push(line.startsWith("{") ? "data: " : "", line, "\n");
    }
    this.#check(this.#length + this.#lines.pendingLength);
    return mended.length === 0 ? nothing : this.#encoder.encode(mended.join(""));
  }

  /** Whether the line belongs to an event. A comment has the empty name, and a line without a colon is only a name. */
  #take(line: string): boolean {
    const isData = /^(\{|data(:|$))/.test(line);
    if (!isData && !/^event(:|$)/.test(line)) return false;
    if (isData) this.#dataLines++;
    // What joins a line of data to the one before it is kept as well.
    this.#length += line.length + (isData && this.#dataLines > 1 ? 1 : 0);
    this.#check(this.#length);
    return true;
  }

  #check(characters: number): void {
    const limits = this.#limits;
    if (characters > limits.characters) {
      throw new RangeError(`an event has more than ${limits.characters} characters`);
    }
    if (this.#dataLines > limits.lines) throw new RangeError(`an event has more than ${limits.lines} lines`);
  }
}

/** Pieces of a line that are joined at a time. One by one, pieces of a byte would take forty times their length. */
const joinedPieces = 4_096;

/**
 * Splits a text in UTF-8 into lines, which end with a line feed, a carriage return, or both. Time and memory are linear in
 * the length of a line, in pieces of any size. Invalid UTF-8 becomes U+FFFD. A byte order mark at the start is dropped.
 */
export class LineReader {
  // Deno's drops byte order marks in the middle, too, when they come in pieces.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #atStart = true;
  /** The beginning of a line whose end has not come yet: what is joined already, and pieces after it. */
  #begun = "";
  #pieces: string[] = [];
  #piecesLength = 0;
  /** A line feed that comes next belongs to the line end that was there already. */
  #afterReturn = false;

  /** Characters of the line that has not ended yet. */
  get pendingLength(): number {
    return this.#begun.length + this.#piecesLength;
  }

  /** The lines that end in this piece, without their ends; to be used up before the next piece. */
  *feed(bytes: Uint8Array): Generator<string> {
    const text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return;
    const skipped = this.#atStart ? "\ufeff" : this.#afterReturn ? "\n" : undefined;
    let start = skipped !== undefined && text.startsWith(skipped) ? 1 : 0;
    this.#atStart = false;
    this.#afterReturn = text.endsWith("\r");
    let [lineFeed, carriageReturn] = [text.indexOf("\n", start), text.indexOf("\r", start)];
    while (lineFeed !== -1 || carriageReturn !== -1) {
      const end = lineFeed === -1 || (carriageReturn !== -1 && carriageReturn < lineFeed)
        ? carriageReturn
        : lineFeed;
      const line = this.#end(text.slice(start, end));
      start = end + (end === carriageReturn && lineFeed === end + 1 ? 2 : 1);
      if (lineFeed !== -1 && lineFeed < start) lineFeed = text.indexOf("\n", start);
      if (carriageReturn !== -1 && carriageReturn < start) carriageReturn = text.indexOf("\r", start);
      yield line;
    }
    if (start < text.length) this.#add(text.slice(start));
  }

  #add(piece: string): void {
    this.#pieces.push(piece);
    this.#piecesLength += piece.length;
    if (this.#pieces.length < joinedPieces) return;
    this.#begun += this.#pieces.join("");
    this.#pieces = [];
    this.#piecesLength = 0;
  }

  #end(last: string): string {
    if (this.pendingLength === 0) return last;
    const line = this.#begun + this.#pieces.join("") + last;
    this.#begun = "";
    this.#pieces = [];
    this.#piecesLength = 0;
    return line;
  }
}
