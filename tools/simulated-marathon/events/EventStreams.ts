import type { ServerResponse } from "node:http";
import type { Clock } from "../../../lib/shell/system/clock.ts";
import { pause } from "../pause.ts";
import type { Timings } from "../Timings.ts";
import type { EventBus } from "./EventBus.ts";
import { EventStream, type StreamQuery } from "./EventStream.ts";
import type { Framing } from "./frameEvents.ts";
import type { MarathonEvent } from "./MarathonEvent.ts";

export interface EventStreamsOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly timings: Timings;
  readonly framing: Framing;
  readonly signal: AbortSignal;
}

/** The clients of `/v2/events`. */
export class EventStreams {
  framing: Framing;
  readonly #streams = new Set<EventStream>();
  readonly #options: EventStreamsOptions;
  #waiting: { count: number; resolve: () => void }[] = [];

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    this.framing = options.framing;
    options.bus.subscribe((events) => this.send(events));
  }

  /** How many clients are attached, silenced ones included. */
  get size(): number {
    return this.#streams.size;
  }

  /** What the attached clients asked for. */
  get queries(): StreamQuery[] {
    return [...this.#streams].map((stream) => stream.query);
  }

  /** Takes over a response; the client gets every event from `event_stream_attached` on. */
  attach(query: StreamQuery, response: ServerResponse, remoteAddress: string): void {
    const { bus } = this.#options;
    const detached = new AbortController();
    const stream = new EventStream(query, response);
    this.#streams.add(stream);
    response.once("close", () => {
      detached.abort();
      this.#streams.delete(stream);
      bus.publish({ eventType: "event_stream_detached", remoteAddress });
      this.#counted();
    });
    void this.#keepAlive(stream, detached.signal);
    bus.publish({ eventType: "event_stream_attached", remoteAddress });
    this.#counted();
  }

  /** Resolves once exactly `count` clients are attached. */
  until(count: number): Promise<void> {
    if (this.size === count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  send(events: readonly MarathonEvent[]): void {
    for (const stream of this.#streams) stream.send(events, this.framing);
  }

  /** Sends text as it is, well-formed or not. */
  write(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  /** Makes the streams there are now silently dead: no more bytes, and no end. New ones are fine. */
  silence(): void {
    for (const stream of this.#streams) stream.silence();
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
  }

  async #keepAlive(stream: EventStream, detached: AbortSignal): Promise<void> {
    const { clock, timings, signal } = this.#options;
    const end = AbortSignal.any([detached, signal]);
    while (await pause(clock, timings.keepAliveMs, end)) stream.write("\r\n");
  }

  #counted(): void {
    const reached = this.#waiting.filter(({ count }) => count === this.size);
    this.#waiting = this.#waiting.filter((waiter) => !reached.includes(waiter));
    for (const { resolve } of reached) resolve();
  }
}
