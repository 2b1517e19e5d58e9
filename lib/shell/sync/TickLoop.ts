import { retryPause } from "../../core/plan/retryPause.ts";
import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";

export interface TickLoopOptions {
  /**
   * One run for all ticks since the last one began; `reasons` are theirs, without repeats, and `apps` what they are about:
   * undefined where one may be about any app.
   */
  readonly run: (
    reasons: readonly string[],
    apps: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Milliseconds without a tick after which one is made. */
  readonly idle: number;
  /** The reason of such a tick. */
  readonly idleReason: string;
  /**
   * The least milliseconds from the beginning of a run to that of the next: a storm of ticks is not to be one of runs. A
   * long run is followed by a rest nearly as long as it was, up to a second.
   */
  readonly spacing?: number;
  /** Told whenever the loop goes on: what it does now, and how many milliseconds that takes at the most. */
  readonly progress?: (doing: string, within: number) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Milliseconds that a run may take without a rest after it. */
const short = 50;
const longestRest = 1_000;
/**
 * Milliseconds after which a run has to have ended, well or not: several times the sum of what limits its parts. It is ended
 * by nobody, but told of as `progress`.
 */
export const longestRun = 1_800_000;

function restAfter(took: number): number {
  return Math.min(Math.max(0, took - short), longestRest);
}

/**
 * Runs one thing at a time for any number of ticks: those that arrive during a run make one more after it. A failed
 * run is tried again after a growing pause; ticks do not shorten it, or a storm of events would never let a
 * struggling Marathon recover.
 */
export class TickLoop {
  readonly #options: TickLoopOptions;
  readonly #reasons = new Set<string>();
  /** The apps that the ticks are about, and whether there was one that may be about any. */
  #apps = new Set<string>();
  #anyApp = false;
  #wake: (() => void) | undefined;

  constructor(options: TickLoopOptions) {
    this.#options = options;
  }

  /** Asks for a run. @param app the app that changed; undefined where any may have */
  tick(reason: string, app?: string): void {
    this.#reasons.add(reason);
    if (app === undefined) this.#anyApp = true;
    else this.#apps.add(app);
    this.#wake?.();
  }

  /** Runs until the signal is aborted; the run that is under way then has it too. */
  async follow(signal: AbortSignal): Promise<void> {
    const { run, clock, logger, spacing = 0, progress = () => {} } = this.#options;
    let failures = 0;
    let next = -Infinity;
    while (!signal.aborted) {
      try {
        progress("waiting for a change", this.#options.idle);
        await this.#untilTick(signal);
        const early = next - clock.monotonic();
        if (early > 0) await clock.sleep(early, signal);
        const began = clock.monotonic();
        progress("a synchronisation", longestRun);
        await run(...this.#takeTicks(), signal);
        failures = 0;
        next = Math.max(
          began + spacing,
          clock.monotonic() + restAfter(clock.monotonic() - began),
        );
      } catch (error) {
        if (signal.aborted) return;
        const pause = retryPause(++failures);
        const message = error instanceof Error ? error.message : String(error);
        logger.error(`${message.replace(/[.]?$/, ".")} Trying again in ${pause / 1000} s`);
        this.tick("an earlier failure");
        progress("the pause after a failure", pause);
        await clock.sleep(pause, signal).catch(() => {/* stopped: the loop's condition ends it */});
      }
    }
  }

  #takeTicks(): [reasons: readonly string[], apps: ReadonlySet<string> | undefined] {
    const taken = [[...this.#reasons], this.#anyApp ? undefined : this.#apps] as const;
    this.#reasons.clear();
    this.#apps = new Set();
    this.#anyApp = false;
    return [...taken];
  }

  async #untilTick(signal: AbortSignal): Promise<void> {
    if (this.#reasons.size > 0) return;
    const waiting = new AbortController();
    const { clock, idle, idleReason } = this.#options;
    this.#wake = () => waiting.abort(woken);
    try {
      await clock.sleep(idle, AbortSignal.any([signal, waiting.signal]));
      this.tick(idleReason);
    } catch (error) {
      if (error !== woken) throw error;
    } finally {
      this.#wake = undefined;
    }
  }
}

const woken = new Error("woken by a tick");
