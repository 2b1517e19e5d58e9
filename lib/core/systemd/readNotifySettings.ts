/** What a service manager asks of the processes that it starts. */
export interface NotifySettings {
  /** The Unix datagram socket that takes notifications; an abstract one begins with NUL (unix(7)). */
  readonly socket: string;
  /** Milliseconds within which it wants to hear of us again and again; undefined where it watches nothing. */
  readonly watchdog: number | undefined;
}

/**
 * Reads the variables by which systemd tells where to send notifications, and how often it wants a sign of life
 * (sd_notify(3), sd_watchdog_enabled(3)). Undefined where nobody wants any.
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
