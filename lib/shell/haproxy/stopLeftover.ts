import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseShowProc } from "../../core/haproxy/parseShowProc.ts";
import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import type { MasterSocket } from "./MasterSocket.ts";
import { pollInterval } from "./requestReload.ts";

const attempts = 40;

export interface StopLeftoverOptions {
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Stops, softly, an HAProxy that still answers on our master socket: a marathon-lb that was killed left it behind, and its
 * old configuration would go on taking a share of the connections. Whoever calls this has made sure that no other
 * marathon-lb uses the socket (ControlServer does). Throws when the HAProxy there cannot be ours.
 */
export async function stopLeftover(
  socket: MasterSocket,
  { clock, logger, signal }: StopLeftoverOptions,
): Promise<void> {
  const find = async () => {
    const answer = await socket.command("show proc", signal).catch(() => "");
    signal.throwIfAborted();
    return parseShowProc(answer)?.master.pid;
  };
  const pid = await find();
  if (pid === undefined) return;
  // The id is of the process's own namespace, and the socket may come from another one by a shared directory.
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (!commandLine.includes(`${socket.path},`)) {
    throw new Error(
      `Another HAProxy answers on ${socket.path}: stop it, or use another directory for this one`,
    );
  }
  logger.warning(`HAProxy (process ${pid}) is still running from an earlier start; it is stopped softly`);
  process.kill(pid, "SIGUSR1");
  for (let attempt = 0; attempt < attempts && await find() === pid; attempt++) {
    await clock.sleep(pollInterval, signal);
  }
}
