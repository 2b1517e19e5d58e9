import { createParser, type EventSourceMessage } from "eventsource-parser";

/** Reads a client's end of `/v2/events`, one frame after the other. */
export class EventReader implements AsyncDisposable {
  readonly #frames: EventSourceMessage[] = [];
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #parser = createParser({ onEvent: (event) => this.#frames.push(event) });
  /** All that has come in so far, as it came. */
  raw = "";

  private constructor(response: Response) {
    if (!response.ok || !response.body) throw new Error(`${response.url} answered ${response.status}`);
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(url: string, query = ""): Promise<EventReader> {
    const headers = { Accept: "text/event-stream" };
    return new EventReader(await fetch(`${url}/v2/events${query}`, { headers }));
  }

  /** The next frame; undefined when the stream has ended. */
  async next(): Promise<EventSourceMessage | undefined> {
    while (this.#frames.length === 0) {
      const chunk = await this.readChunk();
      if (chunk === undefined) return undefined;
    }
    return this.#frames.shift();
  }

  /** Frames up to the first of an event type, which is the last of them. */
  async until(eventType: string): Promise<EventSourceMessage[]> {
    const frames: EventSourceMessage[] = [];
    while (true) {
      const frame = await this.next();
      if (!frame) {
        throw new Error(`The stream ended before ${eventType}; there were ${frames.map((f) => f.event)}`);
      }
      frames.push(frame);
      if (frame.event === eventType) return frames;
    }
  }

  /** The next bytes as text; undefined at the end. */
  async readChunk(): Promise<string | undefined> {
    const { done, value } = await this.#reader.read();
    if (done) return undefined;
    this.raw += value;
    this.#parser.feed(value);
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}
