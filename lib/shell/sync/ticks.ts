import type { Logger } from "../log/logger.ts";
import { type Clock, retryPause } from "../system/clock.ts";

/** Milliseconds from one question for apps to the next at the least, however many events there are. */
export const eventSpacing = 25;

/** What a loop does for ticks. */
export interface TickWork {
  /**
   * One run for all ticks since the last run began. `reasons` are those of the ticks, without repeats. `apps` are the
   * apps that the ticks name, or undefined where a tick may be about any app.
   */
  readonly run: (
    reasons: readonly string[],
    apps: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Called at each step of the loop, with what it does now and how many milliseconds that may take. */
  readonly progress?: (doing: string, within: number) => void;
}

export interface TickLoopOptions {
  /** Milliseconds without a tick after which one is made; undefined where none is. */
  readonly idle?: number;
  /** The reason of such a tick. */
  readonly idleReason?: string;
  /**
   * The least milliseconds from the beginning of a run to that of the next, so that many ticks do not cause as many
   * runs. A long run is followed by a rest nearly as long as it was, up to a second.
   */
  readonly spacing?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Milliseconds that a run may take without a rest after it. */
const short = 50;
const longestRest = 1_000;
/** Milliseconds that a timer can take at the most: 24 days. */
const longestSleep = 2 ** 31 - 1;
/**
 * Milliseconds after which a run has to have ended: several times the sum of the limits of its parts. A longer run is
 * not aborted, but reported as `progress`.
 */
export const longestRun = 1_800_000;

function restAfter(took: number): number {
  return Math.min(Math.max(0, took - short), longestRest);
}

/**
 * Runs one thing at a time for any number of ticks. Those that arrive during a run cause one more run after it. A
 * failed run is retried after a growing pause. Ticks do not shorten the pause, or many events would never let a
 * struggling Marathon recover. Ticks before the call of `follow` wait for it.
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

  /** Does the work until the signal is aborted. A run under way receives the signal too. */
  async follow({ run, progress = () => {} }: TickWork, signal: AbortSignal): Promise<void> {
    const { clock, logger, spacing = 0 } = this.#options;
    let failures = 0;
    let next = -Infinity;
    while (!signal.aborted) {
      try {
        progress("waiting for a change", this.#options.idle ?? Infinity);
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
        logger.error(`${message.replace(/[.]?$/, ".")} Retrying in ${pause / 1000} s`);
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
    const { clock, idle, idleReason = "" } = this.#options;
    this.#wake = () => waiting.abort(woken);
    try {
      const either = AbortSignal.any([signal, waiting.signal]);
      // Always by a timer: Node.js may collect a signal that depends on other signals and that nothing references.
      while (idle === undefined) await clock.sleep(longestSleep, either);
      await clock.sleep(idle, either);
      this.tick(idleReason);
    } catch (error) {
      if (error !== woken) throw error;
    } finally {
      this.#wake = undefined;
    }
  }
}

const woken = new Error("woken by a tick");

export interface TickWhileOptions {
  /** Asked each time whether there is to be a tick. */
  readonly needed: () => boolean;
  /** Milliseconds from one time to the next. */
  readonly interval: number;
  readonly clock: Clock;
  readonly tick: (reason: string) => void;
}

/** Ticks in intervals while nothing else reports changes, until the signal is aborted. */
export async function tickWhile(
  { needed, interval, clock, tick }: TickWhileOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(interval, signal).catch(() => {/* stopped: the loop's condition ends it */});
    if (needed() && !signal.aborted) tick("the poll timer");
  }
}
