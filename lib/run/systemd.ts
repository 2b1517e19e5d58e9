import { execFile } from "node:child_process";
import process from "node:process";
import type { Logger } from "../shell/log/logger.ts";
import { type Clock, withDeadline } from "../shell/system/clock.ts";
import { findOnPath } from "../shell/system/files.ts";
import { describeRuntime } from "../shell/system/runtime.ts";
import { openUnixDatagrams, type UnixDatagrams } from "../shell/system/unixDatagrams.ts";
import type { RunContext } from "./context.ts";

/** A way to the service manager's socket for notifications. */
export interface NotifySender {
  /** How it sends, for the log. */
  readonly how: string;
  /** Sends these assignments (sd_notify(3)) as one notification; rejects when that did not work. */
  send(assignments: readonly string[], signal: AbortSignal): Promise<void>;
  close(): void;
}

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
 * Reports to the service manager that we are ready, our status, that we are alive, and that we stop. Alive means that
 * the control loop makes progress. Waiting for an unreachable server is progress, and no reason to be killed. A step of
 * the loop that exceeds its time is not.
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

  /** The control loop continues. @param within milliseconds that what it does now takes at the most */
  readonly progress = (doing: string, within: number): void => {
    this.#step = { doing, since: this.#options.clock.monotonic(), within };
  };

  /**
   * Tells that we are ready, then that we are alive, until the signal is aborted, and then that we stop.
   *
   * @param killing ends even that at once
   * @param farewell one line for `systemctl status` while we stop
   */
  async follow(signal: AbortSignal, killing: AbortSignal, farewell: () => string): Promise<void> {
    const { sender, clock } = this.#options;
    if (!sender) return;
    // Soon after the start there is more to tell than at it.
    for (let grown = firstPause; !signal.aborted; grown = Math.min(2 * grown, this.#interval)) {
      const longest = await this.#tell(sender, killing) ? this.#interval : retry;
      const pause = Math.min(grown, longest);
      await clock.sleep(pause, signal).catch(() => {/* stopped: the loop's condition ends it */});
    }
    await this.#send(sender, ["STOPPING=1", `STATUS=${farewell()}`], killing);
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
      const pinged = watchdog === undefined ? "" : ": the service manager gets no ping until it continues";
      logger.error(`${reason}${pinged}`);
    }
    if (reason === undefined && this.#stuck) logger.warning("The control loop continues");
    this.#stuck = reason !== undefined;
    return reason;
  }

  async #send(
    sender: NotifySender,
    assignments: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, logger } = this.#options;
    const message = `it was not accepted within ${sendTimeout / 1000} s`;
    try {
      const deadline = { clock, milliseconds: sendTimeout, signal, message };
      await withDeadline(deadline, (signal) => sender.send(assignments, signal));
      if (this.#failing) logger.info("The service manager accepts notifications again");
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing && !signal.aborted) {
        logger.warning(
          `Cannot notify the service manager of ${assignments[0]}, retrying: ${(error as Error).message}`,
        );
      }
      this.#failing = true;
      return false;
    }
  }
}

/**
 * Sends notifications by running systemd's `systemd-notify`, which waits until the manager has taken them. They come from
 * a child of this process: the manager takes them with `NotifyAccess=all` only (systemd.service(5)).
 *
 * @param program its path
 * @param address the socket, as NOTIFY_SOCKET has it
 */
export function commandSender(program: string, address: string): NotifySender {
  return {
    how: `${program}, which needs NotifyAccess=all in the unit`,
    send: (assignments, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const env = { NOTIFY_SOCKET: address };
        execFile(program, assignments, { env, signal, killSignal: "SIGKILL" }, (error, _stdout, stderr) => {
          if (signal.aborted) reject(signal.reason);
          else if (error) reject(new Error(`${program} failed: ${stderr.trim() || error.message}`));
          else resolve();
        });
      }),
    close() {/* nothing is open between two of them */},
  };
}

/** Sends notifications by our own socket, so that the service manager sees them come from this process. */
export function datagramSender(socket: UnixDatagrams, path: string): NotifySender {
  return {
    how: "a socket of its own",
    async send(assignments, signal) {
      signal.throwIfAborted();
      const message = new TextEncoder().encode(assignments.join("\n"));
      // A manager that takes nothing would have it wait for ever.
      const given = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
      await Promise.race([socket.send(message, path), given]);
    },
    close: () => socket.close(),
  };
}

const program = "systemd-notify";

/**
 * A way to send notifications to this socket: directly where the runtime has datagram sockets, else by `systemd-notify`.
 *
 * @param path of the socket; an abstract one begins with NUL
 * @param searchPath where `systemd-notify` is looked for, in the form of `$PATH`
 * @throws {Error} when there is neither
 */
export async function openNotifySender(
  path: string,
  searchPath = "",
  openSocket: () => UnixDatagrams | undefined = openUnixDatagrams,
): Promise<NotifySender> {
  const socket = openSocket();
  if (socket) return datagramSender(socket, path);
  const found = await findOnPath(program, searchPath);
  if (found !== undefined) return commandSender(found, path.replace("\0", "@"));
  throw new Error(
    `${describeRuntime()} cannot send to a datagram socket, and there is no ${program} on PATH (${searchPath}): ` +
      "install it (Debian: apt-get install systemd), or set Type=exec and no WatchdogSec in the unit",
  );
}

/**
 * A notifier for the service manager that the environment names, if it names one. A failure to reach it does not keep
 * us from serving: an error in the log says what to do.
 *
 * @param status one line for `systemctl status`
 */
export async function openServiceNotifier(
  { environment: env, clock, logger }: Pick<RunContext, "environment" | "clock" | "logger">,
  status: () => string,
  openSender = openNotifySender,
): Promise<ServiceNotifier> {
  const options = { status, clock, logger };
  try {
    const settings = readNotifySettings(env, process.pid);
    if (!settings) return new ServiceNotifier({ sender: undefined, ...options });
    const { socket, watchdog } = settings;
    const sender = await openSender(socket, env.PATH);
    const watched = watchdog === undefined
      ? "its watchdog is off"
      : `its watchdog waits ${watchdog / 1000} s`;
    logger.info(`Notifying the service manager by ${sender.how}; ${watched}`);
    return new ServiceNotifier({ sender, watchdog, ...options });
  } catch (error) {
    logger.error(
      `Cannot notify the service manager of the state: ${(error as Error).message}`,
    );
    return new ServiceNotifier({ sender: undefined, ...options });
  }
}

/** What a service manager asks of the processes that it starts. */
export interface NotifySettings {
  /** The Unix datagram socket that takes notifications; an abstract one begins with NUL (unix(7)). */
  readonly socket: string;
  /** Milliseconds within which it wants to hear of us again and again; undefined where it watches nothing. */
  readonly watchdog: number | undefined;
}

/**
 * Reads the variables by which systemd says where to send notifications, and how often to send a sign of life. Sources:
 * sd_notify(3), sd_watchdog_enabled(3). Undefined where systemd wants none.
 *
 * @param processId ours: the watchdog may be meant for another process
 * @throws {Error} when the socket is none that can be sent to
 */
export function readNotifySettings(
  environment: Readonly<Record<string, string | undefined>>,
  processId: number,
): NotifySettings | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC, WATCHDOG_PID } = environment;
  if (!address) return undefined;
  if (!/^[/@]./.test(address)) {
    throw new Error(
      `NOTIFY_SOCKET is ${
        JSON.stringify(address)
      }, but should be the path of a socket, or @ and an abstract name`,
    );
  }
  const microseconds = /^\d+$/.test(WATCHDOG_USEC ?? "") ? Number(WATCHDOG_USEC) : 0;
  const ours = !WATCHDOG_PID || Number(WATCHDOG_PID) === processId;
  return {
    socket: address.replace(/^@/, "\0"),
    watchdog: ours && microseconds > 0 ? microseconds / 1000 : undefined,
  };
}

/** What the control loop does, times in milliseconds of the monotonic clock. */
export interface LoopStep {
  /** In the form "a synchronisation". */
  readonly doing: string;
  readonly since: number;
  /** How long it takes at the most. */
  readonly within: number;
}

/** Milliseconds that a step may be late: the machine may be busy, or have been suspended. */
const tolerance = 60_000;

/** Why the control loop is not alive any more, as one sentence; undefined while it is. */
export function whyStuck({ doing, since, within }: LoopStep, now: number): string | undefined {
  const lasts = now - since;
  if (lasts <= within + tolerance) return undefined;
  return `The control loop is stuck: ${doing} has lasted ${Math.floor(lasts / 1000)} s, and takes ${
    Math.ceil(within / 1000)
  } s at the most`;
}
