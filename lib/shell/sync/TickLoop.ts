import { retryPause } from "../../core/plan/retryPause.ts";
import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";

export interface TickLoopOptions {
  /** One run for all ticks since the last one began; `reasons` are theirs, without repeats. */
  readonly run: (reasons: readonly string[], signal: AbortSignal) => Promise<void>;
  /** Milliseconds without a tick after which one is made. */
  readonly idle: number;
  /** The reason of such a tick. */
  readonly idleReason: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Runs one thing at a time for any number of ticks: those that arrive during a run make one more after it. A failed
 * run is tried again after a growing pause; ticks do not shorten it, or a storm of events would never let a
 * struggling Marathon recover.
 */
export class TickLoop {
  readonly #options: TickLoopOptions;
  readonly #reasons = new Set<string>();
  #wake: (() => void) | undefined;

  constructor(options: TickLoopOptions) {
    this.#options = options;
  }

  /** Asks for a run. */
  tick(reason: string): void {
    this.#reasons.add(reason);
    this.#wake?.();
  }

  /** Runs until the signal is aborted; the run that is under way then has it too. */
  async follow(signal: AbortSignal): Promise<void> {
    const { run, clock, logger } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#untilTick(signal);
        const reasons = [...this.#reasons];
        this.#reasons.clear();
        await run(reasons, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const pause = retryPause(++failures);
        const message = error instanceof Error ? error.message : String(error);
        logger.error(`${message.replace(/[.]?$/, ".")} Trying again in ${pause / 1000} s`);
        this.#reasons.add("an earlier failure");
        await clock.sleep(pause, signal).catch(() => {/* stopped: the loop's condition ends it */});
      }
    }
  }

  async #untilTick(signal: AbortSignal): Promise<void> {
    if (this.#reasons.size > 0) return;
    const waiting = new AbortController();
    const { clock, idle, idleReason } = this.#options;
    this.#wake = () => waiting.abort(woken);
    try {
      await clock.sleep(idle, AbortSignal.any([signal, waiting.signal]));
      this.#reasons.add(idleReason);
    } catch (error) {
      if (error !== woken) throw error;
    } finally {
      this.#wake = undefined;
    }
  }
}

const woken = new Error("woken by a tick");
