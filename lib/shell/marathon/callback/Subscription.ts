import { retryPause } from "../../../core/plan/retryPause.ts";
import type { Clock } from "../../clock/Clock.ts";
import { withDeadline } from "../../clock/withDeadline.ts";
import type { Logger } from "../../log/Logger.ts";
import type { MarathonClient } from "../MarathonClient.ts";
import { failuresOf, type RequestFailure } from "../RequestFailure.ts";

/** Milliseconds after which Marathon is asked whether it still has the subscription. */
const checkInterval = 60_000;
/** How long the end waits for Marathon to remove it, in milliseconds. */
const removeTimeout = 2_000;

const path = "/v2/eventSubscriptions";

/**
 * How a Marathon answers that has no subscriptions: 404 since 1.5, 400 before that without
 * `--event_subscriber http_callback`, 503 without a leader.
 */
const withoutSubscriptions = new Set([400, 404, 405, 501, 503]);

export interface SubscriptionOptions {
  readonly client: Pick<MarathonClient, "get" | "post" | "delete">;
  /** What Marathon is told to POST its events to. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called whenever Marathon begins to call back: what happened before has to be caught up on. Must not throw. */
  readonly onSubscribed: () => void;
  /** Called with the reason when Marathon does not call back, or not any more, by what is known. Must not throw. */
  readonly onUnsubscribed?: (reason: string) => void;
}

/** Our subscription to Marathon's events, which Marathon may lose: made, looked after, and removed at the end. */
export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #query: string;
  /** As messages show it: without the credentials it may hold. */
  readonly #shown: string;
  #stands = false;
  /** Whether Marathon may have it, as far as is known. */
  #requested = false;
  #toldWithout = false;
  #wake = () => {};

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#query = `${path}?callbackUrl=${encodeURIComponent(options.url)}`;
    this.#shown = options.url.replace(/\/\/[^/]*@/, "//");
  }

  /** Whether Marathon calls back, by what it said last. */
  get stands(): boolean {
    return this.#stands;
  }

  /** Asks Marathon now, unless a failed attempt is to be repeated anyway. */
  check(): void {
    this.#wake();
  }

  /** Keeps the subscription until the signal is aborted. */
  async keep(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#ensure(signal);
        failures = 0;
        await this.#untilCheck(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#stands = false;
        const pause = retryPause(++failures);
        this.#options.onUnsubscribed?.((error as Error).message);
        this.#report(error as Error, pause);
        await this.#options.clock.sleep(pause, signal).catch(
          () => {/* stopped: the loop's condition ends it */},
        );
      }
    }
  }

  /** Has Marathon forget it; gives up after a short while. An aborted signal ends that at once. */
  async remove(signal: AbortSignal): Promise<void> {
    if (!this.#requested) return;
    const { client, clock, logger } = this.#options;
    const message = `Marathon did not answer within ${removeTimeout / 1000} s.`;
    try {
      await withDeadline(
        { clock, milliseconds: removeTimeout, signal, message },
        (signal) => client.delete(this.#query, signal),
      );
      logger.info(`Marathon no longer calls back ${this.#shown}`);
    } catch (error) {
      logger.warning(`${(error as Error).message} The subscription of ${this.#shown} stays in Marathon`);
    }
  }

  async #ensure(signal: AbortSignal): Promise<void> {
    const { logger, onSubscribed, onUnsubscribed } = this.#options;
    if (this.#requested && await this.#isListed(signal)) {
      if (this.#stands) return;
    } else {
      if (this.#stands) {
        const lost = `Marathon lost the subscription of ${this.#shown}`;
        logger.warning(lost);
        onUnsubscribed?.(lost);
      }
      this.#stands = false;
      await this.#subscribe(signal);
      logger.info(`Marathon calls back ${this.#shown}`);
    }
    this.#stands = true;
    this.#toldWithout = false;
    onSubscribed();
  }

  async #subscribe(signal: AbortSignal): Promise<void> {
    // From here on: an answer may get lost.
    this.#requested = true;
    try {
      await this.#options.client.post(this.#query, signal);
    } catch (error) {
      if (isWithoutSubscriptions(failuresOf(error))) this.#requested = false;
      throw error;
    }
  }

  async #isListed(signal: AbortSignal): Promise<boolean> {
    const answer = await this.#options.client.get(path, signal);
    if (typeof answer !== "object" || answer === null || !("callbackUrls" in answer)) return false;
    return Array.isArray(answer.callbackUrls) && answer.callbackUrls.includes(this.#options.url);
  }

  async #untilCheck(signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    this.#wake = () => waiting.abort(woken);
    try {
      await this.#options.clock.sleep(checkInterval, AbortSignal.any([signal, waiting.signal]));
    } catch (error) {
      if (error !== woken) throw error;
    } finally {
      this.#wake = () => {};
    }
  }

  #report(error: Error, pause: number): void {
    const { logger } = this.#options;
    const failures = failuresOf(error);
    const retry = `${error.message} Trying again in ${pause / 1000} s`;
    if (!isWithoutSubscriptions(failures)) return logger.warning(retry);
    if (this.#toldWithout) return logger.debug(retry);
    this.#toldWithout = true;
    const reasons = [...new Set(failures.map(({ reason }) => reason))].join("; ");
    logger.warning(
      `Marathon takes no event subscriptions (${reasons}): 1.5 removed them, an earlier one needs ` +
        "--event_subscriber http_callback. It is polled every --poll-interval seconds until it does; " +
        "mode sse needs no subscription",
    );
  }
}

function isWithoutSubscriptions(failures: readonly RequestFailure[]): boolean {
  return failures.length > 0 &&
    failures.every(({ status }) => status !== undefined && withoutSubscriptions.has(status));
}

const woken = new Error("woken to check the subscription");
