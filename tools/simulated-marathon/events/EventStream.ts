import type { ServerResponse } from "node:http";
import { frameEvents, type Framing } from "./frameEvents.ts";
import { lightEvent } from "./lightEvent.ts";
import type { MarathonEvent } from "./MarathonEvent.ts";

/** What a client asked for with the query of `/v2/events`. */
export interface StreamQuery {
  /** `event_type`, repeatable; none is all. */
  readonly eventTypes: readonly string[];
  /** `plan-format=light` */
  readonly light: boolean;
}

/** One client of `/v2/events`. */
export class EventStream {
  #silenced = false;

  constructor(readonly query: StreamQuery, private readonly response: ServerResponse) {
    response.writeHead(200, {
      "Content-Type": "text/event-stream;charset=UTF-8",
      "Cache-Control": "no-cache, no-store, must-revalidate",
    });
    response.flushHeaders();
  }

  /** Sends those of the events that the client asked for. */
  send(events: readonly MarathonEvent[], framing: Framing): void {
    const { eventTypes, light } = this.query;
    const wanted = events.filter((event) => eventTypes.length === 0 || eventTypes.includes(event.eventType));
    this.write(frameEvents(light ? wanted.map(lightEvent) : wanted, framing));
  }

  /** Sends text as it is; an empty line is Marathon's keep-alive. */
  write(text: string): void {
    if (!this.#silenced && text !== "" && !this.response.writableEnded) this.response.write(text);
  }

  /** From now on not a byte more, and no end either. */
  silence(): void {
    this.#silenced = true;
  }

  /** Ends the answer as a server does that stops in good order. */
  close(): void {
    this.response.end();
  }
}
