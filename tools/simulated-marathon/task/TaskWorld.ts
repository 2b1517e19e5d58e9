import type { Clock } from "../../../lib/shell/system/clock.ts";
import type { EventBus } from "../events/EventBus.ts";
import type { Timings } from "../Timings.ts";

/** What tasks live in. */
export interface TaskWorld {
  readonly clock: Clock;
  readonly timings: Timings;
  readonly bus: EventBus;
  /** Ends everything that waits. */
  readonly signal: AbortSignal;
  /** Called after every change of a task. */
  readonly changed: () => void;
}
