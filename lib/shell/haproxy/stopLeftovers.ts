import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import { masterSocketWord } from "./HaproxyCommand.ts";
import { leftoverMasters } from "./leftoverMasters.ts";
import { processIdentity } from "./processIdentity.ts";
import { pollInterval } from "./requestReload.ts";
import { signalHaproxy } from "./signalHaproxy.ts";

/** How often, at most, it is asked whether one has ended; its last requests may take longer, and may. */
const attempts = 40;

/**
 * Stops, softly, every HAProxy that was started with our master socket: a marathon-lb that was killed left it behind, and
 * its old configuration would go on taking a share of the connections.
 */
export async function stopLeftovers(
  masterSocket: string,
  { clock, logger, signal }: { clock: Clock; logger: Logger; signal: AbortSignal },
): Promise<void> {
  const masters = await leftoverMasters(masterSocketWord({ masterSocket }));
  for (const pid of masters) {
    logger.warning(`HAProxy (process ${pid}) is still running from an earlier start; it is stopped softly`);
    signalHaproxy(pid, "SIGUSR1");
    // One that somebody had stopped by SIGSTOP would not notice, and take connections that nobody answers.
    signalHaproxy(-pid, "SIGCONT");
  }
  const runs = () => masters.some((pid) => processIdentity(pid) !== undefined);
  for (let attempt = 0; attempt < attempts && runs(); attempt++) await clock.sleep(pollInterval, signal);
}
