import { hostname } from "node:os";
import { isLeaderEvent } from "../../../core/marathon/events/leaderEvents.ts";
import type { Clock } from "../../clock/Clock.ts";
import type { Logger } from "../../log/Logger.ts";
import type { SyncObserver } from "../../sync/SyncObserver.ts";
import { tickWhile } from "../../sync/tickWhile.ts";
import type { MarathonClient } from "../MarathonClient.ts";
import { callbackUrl } from "./callbackUrl.ts";
import type { CallbackServer } from "./CallbackServer.ts";
import { Subscription } from "./Subscription.ts";

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

/** Has Marathon call back for each event, and asks for a look at the apps in intervals while it does not. */
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
      // The old leader may have had events that it told nobody, and the new one may know no subscriptions.
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
