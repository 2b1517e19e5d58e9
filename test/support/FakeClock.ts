import type { Clock } from "../../lib/shell/system/clock.ts";

interface Sleeper {
  wakeAt: number;
  wake: () => void;
}

/** A clock that stands still until a test moves it; sleepers wake in the order of their time. */
export class FakeClock implements Clock {
  #time: number;
  #sleepers: Sleeper[] = [];
  /** Every duration that was slept, in order: what a test asserts back-offs on. */
  readonly slept: number[] = [];

  constructor(start = 1_600_000_000_000) {
    this.#time = start;
  }

  now(): number {
    return this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    // As the real one: nothing is thrown at once.
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.slept.push(milliseconds);
    return new Promise((resolve, reject) => {
      const sleeper = { wakeAt: this.#time + milliseconds, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** How many sleeps are under way. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves the time on and lets everything that wakes on the way run, sleeps begun meanwhile included. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#time + milliseconds;
    while (true) {
      await settle();
      const next = this.#sleepers.filter((s) => s.wakeAt <= end).sort((a, b) => a.wakeAt - b.wakeAt)[0];
      if (!next) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#time = Math.max(this.#time, next.wakeAt);
      next.wake();
    }
    this.#time = end;
    await settle();
  }
}

/** Lets every promise that is already resolved run its continuations. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
