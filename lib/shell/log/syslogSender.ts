import { MessageQueue } from "../../core/log/syslog.ts";
import { type Clock, retryPause, withDeadline } from "../system/clock.ts";
import type { Logger } from "./logger.ts";

/** Octets that may wait: some 20,000 lines. */
const usualMaxOctets = 4 * 1024 * 1024;
/** Milliseconds to connect. */
const connectTime = 10_000;
/** Milliseconds after which a connection counts as one that works: the pauses start over. */
const steady = 30_000;
/** Milliseconds that the end of the program waits for. */
const flushTime = 2_000;

export interface SyslogSenderSettings {
  /** The server, as messages name it. */
  name: string;
  /** Rejects with SyslogUnusable when it need not be tried again. */
  open: (signal: AbortSignal) => Promise<SyslogConnection>;
  /** No flag names this server: a missing one is not worth a warning. */
  optional?: boolean;
  clock: Clock;
  maxOctets?: number;
}

/** Where the sender logs its own state. */
export interface SyslogSenderLoggers {
  /** Standard error alone. */
  console: Logger;
  /** Syslog as well. */
  logger: Logger;
}

/**
 * Sends messages to a syslog server, in their order. The sender never waits: what the server does not accept yet is
 * kept within limits. Beyond them, the oldest messages are dropped. When the server accepts messages again, their
 * number is logged.
 */
export class SyslogSender {
  readonly #queue: MessageQueue;
  readonly #closing = new AbortController();
  readonly #over = new AbortController();
  #finished: Promise<void> | undefined;
  #loggers: SyslogSenderLoggers | undefined;
  #wake = () => {};
  /** Whether the outage was logged. */
  #away = false;
  #tellsOfDrops = false;
  #unusable = false;
  /** The message that is neither in the queue nor sent. */
  #inHand: Uint8Array | undefined;

  constructor(readonly settings: SyslogSenderSettings) {
    this.#queue = new MessageQueue(settings.maxOctets ?? usualMaxOctets);
  }

  /** Begins to deliver. */
  start(loggers: SyslogSenderLoggers): void {
    this.#loggers = loggers;
    this.#finished = this.#run(loggers);
  }

  send(message: Uint8Array): void {
    if (this.#unusable || this.#over.signal.aborted) return;
    this.#queue.add(message);
    if (this.#queue.dropped > 0 && !this.#tellsOfDrops) {
      this.#tellsOfDrops = true;
      this.#loggers?.console.warning(
        `Syslog at ${this.settings.name} is too slow: dropping the oldest of the lines that wait for it`,
      );
    }
    this.#wake();
  }

  /** Delivers what waits, within 2 s, and ends. What could not be delivered is reported on standard error. */
  async close(): Promise<void> {
    const { clock, name } = this.settings;
    const flushed = new AbortController();
    this.#closing.abort();
    this.#wake();
    const timeUp = clock.sleep(flushTime, flushed.signal).catch(() => {/* flushed in time */});
    await Promise.race([this.#finished, timeUp]);
    flushed.abort();
    this.#over.abort(new Error("the program ends"));
    const missing = this.#queue.size + this.#queue.dropped + (this.#inHand ? 1 : 0);
    if (missing > 0) this.#loggers?.console.warning(`Syslog at ${name} missed ${lines(missing)}`);
  }

  async #run({ console }: SyslogSenderLoggers): Promise<void> {
    const { clock, name, optional } = this.settings;
    for (let failures = 0;;) {
      const begin = clock.monotonic();
      try {
        return await this.#deliver();
      } catch (error) {
        if (this.#over.signal.aborted) return;
        const reason = reasonOf(error);
        if (error instanceof SyslogUnusable) {
          this.#unusable = true;
          while (this.#queue.take());
          this.#queue.forgetDropped();
          console[optional ? "debug" : "warning"](`Syslog at ${name} gets no lines: ${reason}`);
          return;
        }
        if (!this.#away) {
          console.warning(
            `Syslog at ${name} cannot be reached: ${reason}. Check the server and --syslog-socket; lines wait, retrying ` +
              "after 1 to 30 s",
          );
        }
        this.#away = true;
        if (this.#closing.signal.aborted) return;
        failures = clock.monotonic() - begin > steady ? 1 : failures + 1;
      }
      await clock.sleep(retryPause(failures), this.#closing.signal).catch(() => {/* one last try */});
    }
  }

  /** Resolves when everything is delivered and no more will come; rejects when the server is away. */
  async #deliver(): Promise<void> {
    const { clock, open } = this.settings;
    const over = this.#over.signal;
    const message = `there was no connection within ${connectTime / 1000} s`;
    const connection = await withDeadline({ clock, milliseconds: connectTime, signal: over, message }, open);
    connection.gone.addEventListener("abort", () => this.#wake(), { once: true });
    try {
      while (true) {
        connection.gone.throwIfAborted();
        over.throwIfAborted();
        const next = this.#queue.take();
        if (next) await this.#sendNext(connection, next);
        else if (this.#away || this.#queue.dropped > 0) this.#tellRecovery();
        else if (this.#closing.signal.aborted) return await connection.flush();
        else await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      connection.destroy();
    }
  }

  async #sendNext(connection: SyslogConnection, message: Uint8Array): Promise<void> {
    this.#inHand = message;
    try {
      await connection.send(message, this.#over.signal);
    } catch (error) {
      this.#queue.putBack(message);
      throw error;
    } finally {
      this.#inHand = undefined;
    }
  }

  /** After the queue is empty, so that this line is not the one for which another is dropped. */
  #tellRecovery(): void {
    const { dropped } = this.#queue;
    const again = `Syslog at ${this.settings.name} accepts lines again`;
    this.#queue.forgetDropped();
    this.#away = false;
    this.#tellsOfDrops = false;
    if (dropped > 0) this.#loggers?.logger.warning(`${again}; it missed ${lines(dropped)}`);
    else this.#loggers?.logger.info(again);
  }
}

function lines(count: number): string {
  return count === 1 ? "1 line" : `${count} lines`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Where several addresses of a host were tried, Node's error has no message.
  return error.message || ("code" in error ? String(error.code) : error.name);
}

/** A way to a syslog server, open. */
export interface SyslogConnection {
  /** Aborted, with an Error that says why, when the server is gone. */
  readonly gone: AbortSignal;
  /** Resolves when the next message may follow; rejects when the server does not take this one, or `signal` ends it. */
  send(message: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Resolves when all that was sent has left this process; nothing may be sent after it. */
  flush(): Promise<void>;
  /** Lets go of it at once. */
  destroy(): void;
}

/** There is no way to this syslog server from this runtime, however often it is tried. The message says what to do. */
export class SyslogUnusable extends Error {
  override readonly name = "SyslogUnusable";
}
