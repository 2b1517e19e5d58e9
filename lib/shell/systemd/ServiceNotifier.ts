import { type LoopStep, whyStuck } from "../../core/systemd/whyStuck.ts";
import type { Clock } from "../clock/Clock.ts";
import { withDeadline } from "../clock/withDeadline.ts";
import type { Logger } from "../log/Logger.ts";
import type { NotifySender } from "./NotifySender.ts";

export interface ServiceNotifierOptions {
  /** Undefined where no service manager wants to know: then nothing is done. */
  readonly sender: NotifySender | undefined;
  /** Milliseconds within which the service manager wants a ping; undefined where it wants none. */
  readonly watchdog?: number;
  /** One line for `systemctl status`. */
  readonly status: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Pings in the time of the watchdog: one that is lost is no reason to be killed. */
const pings = 3;
/** Milliseconds from one status to the next where there is no watchdog. */
const statusInterval = 60_000;
/** Milliseconds after the first notification until there is one more; from then on they double. */
const firstPause = 1_000;
/** Milliseconds after which a notification that did not get through is sent again, at the latest. */
const retry = 5_000;
/** Milliseconds that a notification may take. */
const sendTimeout = 5_000;

/**
 * Tells the service manager that we are ready, how we are, that we are alive, and that we stop. Alive is who gets on with
 * the control loop: what cannot be reached is waited for there, and is no reason to be killed; a step of it that does not
 * end within its time is.
 */
export class ServiceNotifier {
  readonly #options: ServiceNotifierOptions;
  #step: LoopStep | undefined;
  /** What the manager knows. */
  #ready = false;
  #status = "";
  #stuck = false;
  #failing = false;

  constructor(options: ServiceNotifierOptions) {
    this.#options = options;
  }

  /** The control loop goes on. @param within milliseconds that what it does now takes at the most */
  readonly progress = (doing: string, within: number): void => {
    this.#step = { doing, since: this.#options.clock.monotonic(), within };
  };

  /**
   * Tells that we are ready, then that we are alive, until the signal is aborted, and then that we stop.
   *
   * @param killing ends even that at once
   */
  async follow(signal: AbortSignal, killing: AbortSignal): Promise<void> {
    const { sender, clock } = this.#options;
    if (!sender) return;
    // Soon after the start there is more to tell than at it.
    for (let grown = firstPause; !signal.aborted; grown = Math.min(2 * grown, this.#interval)) {
      const longest = await this.#tell(sender, killing) ? this.#interval : retry;
      const pause = Math.min(grown, longest);
      await clock.sleep(pause, signal).catch(() => {/* stopped: the loop's condition ends it */});
    }
    await this.#send(sender, ["STOPPING=1", "STATUS=Stopping: the last requests end"], killing);
    sender.close();
  }

  get #interval(): number {
    const { watchdog } = this.#options;
    return watchdog === undefined ? statusInterval : watchdog / pings;
  }

  /** Resolves to whether what there was to tell got through. */
  async #tell(sender: NotifySender, killing: AbortSignal): Promise<boolean> {
    const stuck = this.#whyStuck();
    const status = stuck ?? this.#options.status();
    const alive = this.#options.watchdog !== undefined && stuck === undefined;
    const assignments = [
      ...(this.#ready ? [] : ["READY=1"]),
      ...(alive ? ["WATCHDOG=1"] : []),
      ...(status === this.#status ? [] : [`STATUS=${status}`]),
    ];
    if (assignments.length === 0) return true;
    if (!await this.#send(sender, assignments, killing)) return false;
    this.#ready = true;
    this.#status = status;
    return true;
  }

  #whyStuck(): string | undefined {
    const { clock, logger, watchdog } = this.#options;
    const reason = this.#step && whyStuck(this.#step, clock.monotonic());
    if (reason !== undefined && !this.#stuck) {
      const pinged = watchdog === undefined ? "" : ": the service manager gets no ping until it goes on";
      logger.error(`${reason}${pinged}`);
    }
    if (reason === undefined && this.#stuck) logger.warning("The control loop goes on");
    this.#stuck = reason !== undefined;
    return reason;
  }

  async #send(
    sender: NotifySender,
    assignments: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, logger } = this.#options;
    const message = `it was not taken within ${sendTimeout / 1000} s`;
    try {
      const deadline = { clock, milliseconds: sendTimeout, signal, message };
      await withDeadline(deadline, (signal) => sender.send(assignments, signal));
      if (this.#failing) logger.info("The service manager can be told again");
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing && !signal.aborted) {
        logger.warning(
          `The service manager cannot be told ${assignments[0]}: ${
            (error as Error).message
          }. It is tried again`,
        );
      }
      this.#failing = true;
      return false;
    }
  }
}
