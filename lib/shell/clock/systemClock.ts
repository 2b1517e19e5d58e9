import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./Clock.ts";

/** The real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(milliseconds, signal) {
    signal?.throwIfAborted();
    try {
      await delay(milliseconds, undefined, { signal });
    } catch (error) {
      // node:timers wraps the reason in an AbortError of its own; callers want the reason they gave.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
