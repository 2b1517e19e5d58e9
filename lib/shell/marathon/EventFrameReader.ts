import { createParser } from "eventsource-parser";
import type { EventFrame } from "../../core/marathon/events/readEventFrame.ts";

/** A line or frame beyond this many characters is no event of Marathon's, and would fill the memory. */
const defaultMaxLength = 64 * 1024 * 1024;

/**
 * Cuts the bytes of an event stream into frames. Time and memory are linear in the length of a frame, whatever pieces it
 * comes in.
 *
 * Marathon may put several JSON objects into a frame with `data:` before the first one only; lines that begin with `{` are
 * therefore data too.
 */
export class EventFrameReader {
  readonly #decoder = new TextDecoder();
  readonly #maxLength: number;
  readonly #parser;
  #frames: EventFrame[] = [];
  /** The beginning of a line whose end has not come yet. */
  #pending = "";
  #tooLong = false;

  constructor(maxLength = defaultMaxLength) {
    this.#maxLength = maxLength;
    this.#parser = createParser({
      maxBufferSize: maxLength,
      onEvent: ({ event, data }) => this.#frames.push({ event, data }),
      onError: ({ type }) => this.#tooLong ||= type === "max-buffer-size-exceeded",
    });
  }

  /** The frames that end in this piece of the stream. Throws a `RangeError` when a line or frame is too long. */
  feed(bytes: Uint8Array): EventFrame[] {
    const piece = this.#decoder.decode(bytes, { stream: true });
    const lineEnd = Math.max(piece.lastIndexOf("\n"), piece.lastIndexOf("\r")) + 1;
    if (lineEnd > 0) {
      // Whole lines only: of a line that begins with no field name, the parser drops what comes in later pieces.
      const lines = this.#pending + piece.slice(0, lineEnd);
      this.#pending = "";
      this.#parser.feed(lines.replaceAll(/(^|[\r\n])(?=\{)/g, "$1data: "));
    }
    this.#pending += piece.slice(lineEnd);
    if (this.#tooLong || this.#pending.length > this.#maxLength) {
      throw new RangeError(`a line of the event stream has more than ${this.#maxLength} characters`);
    }
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}
