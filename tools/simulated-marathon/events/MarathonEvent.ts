import type { JsonObject } from "../JsonObject.ts";

/** An event without the `timestamp` that the bus adds. */
export interface EventDraft extends JsonObject {
  readonly eventType: string;
}

export interface MarathonEvent extends EventDraft {
  /** ISO 8601 */
  readonly timestamp: string;
}
