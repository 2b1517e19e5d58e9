import process from "node:process";
import { readNotifySettings } from "../../core/systemd/readNotifySettings.ts";
import type { RunContext } from "../run/RunContext.ts";
import { openNotifySender } from "./openNotifySender.ts";
import { ServiceNotifier } from "./ServiceNotifier.ts";

/**
 * A notifier for the service manager that the environment names, if it names one. Not to be heard is no reason not to
 * serve: an error in the log says what to do.
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
    const watched = watchdog === undefined ? "it watches nothing" : `its watchdog waits ${watchdog / 1000} s`;
    logger.info(`The service manager is told by ${sender.how}; ${watched}`);
    return new ServiceNotifier({ sender, watchdog, ...options });
  } catch (error) {
    logger.error(
      `The service manager cannot be told that this is ready or alive: ${(error as Error).message}`,
    );
    return new ServiceNotifier({ sender: undefined, ...options });
  }
}
