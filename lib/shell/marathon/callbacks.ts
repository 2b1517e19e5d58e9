import { hostname } from "node:os";
import { type BindAddress, isIpv6 } from "../../core/addresses.ts";
import { isLeaderEvent } from "../../core/marathon/events.ts";
import type { SyncObserver } from "../../core/status/observer.ts";
import type { Logger } from "../log/logger.ts";
import { tickWhile } from "../sync/ticks.ts";
import { type Clock, retryPause, withDeadline } from "../system/clock.ts";
import type { CallbackServer } from "./callbackServer.ts";
import type { MarathonClient } from "./client.ts";
import { failuresOf, type RequestFailure } from "./failures.ts";

export interface CallbackFollowerOptions {
  readonly client: Pick<MarathonClient, "get" | "post" | "delete">;
  readonly server: CallbackServer;
  /** The server's URL as Marathon knows it (`--callback-url`); by default made from where it listens. */
  readonly url: string | undefined;
  /** Milliseconds from one question to the next while Marathon does not call back (`--poll-interval`). */
  readonly pollInterval: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when even the removal of the subscription is to be left undone. */
  readonly killing: AbortSignal;
  /** Called with the reason whenever apps may have changed. Must not throw. */
  readonly tick: (reason: string) => void;
  readonly observer?: Pick<SyncObserver, "streamConnected" | "streamDisconnected" | "event">;
}

/** Has Marathon call back for each event. While Marathon does not, it requests a look at the apps in intervals. */
export class CallbackFollower {
  readonly #options: CallbackFollowerOptions;
  readonly #subscription: Subscription;

  constructor(options: CallbackFollowerOptions) {
    const { server, client, clock, logger, tick, observer } = options;
    this.#options = options;
    this.#subscription = new Subscription({
      client,
      url: options.url ?? callbackUrl(server, hostname()),
      clock,
      logger,
      onSubscribed: () => {
        observer?.streamConnected();
        tick("a new subscription to events");
      },
      onUnsubscribed: (reason) => observer?.streamDisconnected(reason),
    });
    server.onEvent = (type) => {
      observer?.event(type);
      tick(type);
      // The old leader may have had events that it did not send, and the new one may know no subscriptions.
      if (isLeaderEvent(type)) this.#subscription.check();
    };
  }

  /** Tells that Marathon failed: it may have lost the subscription with whatever went wrong. */
  suspect(): void {
    this.#subscription.check();
  }

  /** Works until the signal is aborted, then removes the subscription and closes the server. */
  async follow(signal: AbortSignal): Promise<void> {
    const { server, killing, clock, pollInterval, tick } = this.#options;
    const polling = { needed: () => !this.#subscription.stands, interval: pollInterval, clock, tick };
    try {
      await Promise.all([this.#subscription.keep(signal), tickWhile(polling, signal)]);
    } finally {
      await this.#subscription.remove(killing);
      await server.close();
    }
  }
}

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
  /** The URL to which Marathon POSTs its events. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called whenever Marathon begins to call back: what happened before has to be caught up on. Must not throw. */
  readonly onSubscribed: () => void;
  /** Called with the reason when Marathon is known not to call back, or to have stopped. Must not throw. */
  readonly onUnsubscribed?: (reason: string) => void;
}

/** Our subscription to Marathon's events, which Marathon may lose: made, checked, and removed at the end. */
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
      logger.info(`Unsubscribed the callback URL ${this.#shown} in Marathon`);
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
      logger.info(`Subscribed the callback URL ${this.#shown} in Marathon`);
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
    const retry = `${error.message} Retrying in ${pause / 1000} s`;
    if (!isWithoutSubscriptions(failures)) return logger.warning(retry);
    if (this.#toldWithout) return logger.debug(retry);
    this.#toldWithout = true;
    const reasons = [...new Set(failures.map(({ reason }) => reason))].join("; ");
    logger.warning(
      `Marathon accepts no event subscriptions (${reasons}): 1.5 removed them, earlier versions need ` +
        "--event_subscriber http_callback. Polling every --poll-interval seconds meanwhile; " +
        "mode sse needs no subscription",
    );
  }
}

function isWithoutSubscriptions(failures: readonly RequestFailure[]): boolean {
  return failures.length > 0 &&
    failures.every(({ status }) => status !== undefined && withoutSubscriptions.has(status));
}

const woken = new Error("woken to check the subscription");

const wildcards = new Set(["*", "0.0.0.0", "::"]);

/**
 * The URL that leads to a listener: its address, or this machine's name for one that listens on every address. Marathon
 * has to be able to resolve that name.
 */
export function callbackUrl({ host, port }: BindAddress, hostName: string): string {
  const name = wildcards.has(host) ? hostName : host;
  return `http://${isIpv6(name) ? `[${name}]` : name}:${port}`;
}
