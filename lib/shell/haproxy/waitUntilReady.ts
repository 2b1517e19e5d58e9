import type { Clock } from "../clock/Clock.ts";
import type { MasterSocket } from "./MasterSocket.ts";
import { pollInterval } from "./requestReload.ts";

/**
 * Resolves when the first worker answers through the master socket: then it has loaded its file and accepts connections.
 * Rejects when the signal is aborted, and only then.
 */
export async function waitUntilReady(socket: MasterSocket, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!/^Pid: /m.test(await askWorker(socket, signal))) await clock.sleep(pollInterval, signal);
}

/** Empty while there is no socket, no worker, or none that answers. */
async function askWorker(socket: MasterSocket, signal: AbortSignal): Promise<string> {
  try {
    return await socket.command("@1 show info", signal);
  } catch {
    signal.throwIfAborted();
    return "";
  }
}
