import type { EventFrame } from "../../core/marathon/events/readEventFrame.ts";
import { LineReader } from "./LineReader.ts";

/** What a frame of an event stream may have at the most: what is beyond is no event of Marathon's, and would fill the memory. */
export interface FrameLimits {
  /** Of all its lines together, and of a line that has not ended. */
  readonly characters: number;
  readonly lines: number;
}

/** An event may be megabytes long, as apps are; several in one frame are a line each. */
const defaultLimits: FrameLimits = { characters: 64 * 2 ** 20, lines: 10_000 };

/**
 * Cuts the bytes of an event stream into frames, as the WHATWG's HTML standard describes them (9.2, server-sent events).
 * Time and memory are linear in the length of a frame, whatever pieces it comes in.
 *
 * Marathon may put several JSON objects into a frame with `data:` before the first one only; lines that begin with `{` are
 * therefore data too.
 */
export class EventFrameReader {
  readonly #limits: FrameLimits;
  readonly #lines = new LineReader();
  #event: string | undefined;
  #data: string[] = [];
  #length = 0;

  constructor(limits: Partial<FrameLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** The frames that end in this piece of the stream. Throws a `RangeError` when one has more than the limits. */
  feed(bytes: Uint8Array): EventFrame[] {
    const frames: EventFrame[] = [];
    for (const line of this.#lines.feed(bytes)) {
      if (line !== "") this.#take(line);
      else {
        if (this.#data.length > 0) frames.push({ event: this.#event, data: this.#data.join("\n") });
        this.#event = undefined;
        this.#data = [];
        this.#length = 0;
      }
    }
    this.#check(this.#length + this.#lines.pendingLength);
    return frames;
  }

  #take(line: string): void {
    const { field, value } = readField(line);
    if (field === "event") this.#event = value === "" ? undefined : value;
    else if (field === "data") this.#data.push(value);
    else return;
    // What joins a line of data to the one before it is kept as well.
    this.#length += line.length + (field === "data" && this.#data.length > 1 ? 1 : 0);
    this.#check(this.#length);
  }

  #check(characters: number): void {
    const limits = this.#limits;
    if (characters > limits.characters) {
      throw new RangeError(`an event has more than ${limits.characters} characters`);
    }
    if (this.#data.length > limits.lines) {
      throw new RangeError(`an event has more than ${limits.lines} lines`);
    }
  }
}

/** A comment has the empty name; a line without a colon is a name without a value. */
function readField(line: string): { field: string; value: string } {
  if (line.startsWith("{")) return { field: "data", value: line };
  const colon = line.indexOf(":");
  if (colon === -1) return { field: line, value: "" };
  return { field: line.slice(0, colon), value: line.slice(colon + (line[colon + 1] === " " ? 2 : 1)) };
}
