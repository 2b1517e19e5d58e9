import { openUnixDatagrams, type UnixDatagrams } from "../datagram/openUnixDatagrams.ts";
import { findOnPath } from "../files/findOnPath.ts";
import { describeRuntime } from "../run/describeRuntime.ts";
import { commandSender } from "./commandSender.ts";
import { datagramSender } from "./datagramSender.ts";
import type { NotifySender } from "./NotifySender.ts";

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
      "install it (Debian: apt-get install systemd), or have the unit say Type=exec and no WatchdogSec",
  );
}
