import { type Clock, systemClock } from "../../../../lib/shell/system/clock.ts";

/** The real time, with a record of what was slept. */
export class RecordingClock implements Clock {
  readonly real = systemClock;
  readonly slept: number[] = [];

  now(): number {
    return this.real.now();
  }

  monotonic(): number {
    return this.real.monotonic();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(milliseconds);
    return this.real.sleep(milliseconds, signal);
  }
}
