import type { EventBus } from "./EventBus.ts";
import type { MarathonEvent } from "./MarathonEvent.ts";

/** The callback URLs that every event is POSTed to, one request per event and in order for each URL. */
export class EventSubscriptions {
  /** By URL, the end of what is being delivered. */
  readonly #deliveries = new Map<string, Promise<void>>();

  constructor(
    bus: EventBus,
    private readonly signal: AbortSignal,
    private readonly log: (line: string) => void,
  ) {
    bus.subscribe((events) => this.deliver(events));
  }

  get urls(): string[] {
    return [...this.#deliveries.keys()];
  }

  add(url: string): void {
    if (!this.#deliveries.has(url)) this.#deliveries.set(url, Promise.resolve());
  }

  remove(url: string): void {
    this.#deliveries.delete(url);
  }

  deliver(events: readonly MarathonEvent[]): void {
    for (const [url, earlier] of this.#deliveries) {
      this.#deliveries.set(
        url,
        events.reduce((end, event) => end.then(() => this.#post(url, event)), earlier),
      );
    }
  }

  /** An event that cannot be delivered is lost, as with Marathon. */
  async #post(url: string, event: MarathonEvent): Promise<void> {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(event),
        signal: this.signal,
      });
      await response.body?.cancel();
    } catch (error) {
      if (this.signal.aborted) return;
      this.log(`callback ${url} did not take ${event.eventType}: ${(error as Error).message}`);
    }
  }
}
