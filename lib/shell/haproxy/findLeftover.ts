import { existsSync } from "node:fs";
import { parseShowProc } from "../../core/haproxy/parseShowProc.ts";
import type { Clock } from "../clock/Clock.ts";
import { masterSocketWord } from "./HaproxyCommand.ts";
import { leftoverMasters } from "./leftoverMasters.ts";
import type { MasterSocket } from "./MasterSocket.ts";
import { pollInterval } from "./requestReload.ts";

/** Milliseconds that a master which runs but is busy with a reload gets to answer. */
const patience = 10_000;

/**
 * The process id of an HAProxy that a marathon-lb which was killed left behind, and that answers on our master socket.
 * Whoever calls this has made sure that no other marathon-lb uses the socket (ControlServer does).
 *
 * @throws {Error} when the HAProxy there cannot be ours
 */
export async function findLeftover(
  socket: MasterSocket,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<number | undefined> {
  const masters = await leftoverMasters(masterSocketWord({ masterSocket: socket.path }));
  const end = clock.monotonic() + (masters.length > 0 ? patience : 0);
  let pid = await askPid(socket, signal);
  // Nobody can answer on a socket that was removed.
  while (pid === undefined && clock.monotonic() < end && existsSync(socket.path)) {
    await clock.sleep(pollInterval, signal);
    pid = await askPid(socket, signal);
  }
  // The id is of the process's own namespace, and the socket may come from another one by a shared directory.
  if (pid === undefined || masters.includes(pid)) return pid;
  throw new Error(
    `Another HAProxy answers on ${socket.path}: stop it, or use another directory for this one`,
  );
}

async function askPid(socket: MasterSocket, signal: AbortSignal): Promise<number | undefined> {
  const answer = await socket.command("show proc", signal).catch(() => "");
  signal.throwIfAborted();
  return parseShowProc(answer)?.master.pid;
}
