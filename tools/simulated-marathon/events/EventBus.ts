import type { Clock } from "../../../lib/shell/system/clock.ts";
import type { EventDraft, MarathonEvent } from "./MarathonEvent.ts";

/** Gets the events that happened at one moment. */
export type EventListener = (events: readonly MarathonEvent[]) => void;

/** Marathon's event bus: hands every event to all who listen, at once and in order. */
export class EventBus {
  readonly #listeners = new Set<EventListener>();

  constructor(private readonly clock: Clock) {}

  /** Publishes what happens at one moment, with the time added. */
  publish(...drafts: readonly EventDraft[]): void {
    const timestamp = new Date(this.clock.now()).toISOString();
    const events = drafts.map((draft) => ({ ...draft, timestamp }));
    for (const listener of [...this.#listeners]) listener(events);
  }

  /** Returns what ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
