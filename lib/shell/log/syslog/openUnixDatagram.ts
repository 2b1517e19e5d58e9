import { openUnixDatagrams } from "../../datagram/openUnixDatagrams.ts";
import { describeRuntime } from "../../run/describeRuntime.ts";
import type { SyslogConnection } from "./SyslogConnection.ts";
import { SyslogUnusable } from "./SyslogUnusable.ts";

/**
 * A socket for datagrams to a Unix socket, as `/dev/log` mostly is.
 *
 * @throws {SyslogUnusable} where the runtime has none
 */
export function openUnixDatagram(path: string): SyslogConnection {
  const socket = openUnixDatagrams();
  if (socket === undefined) {
    throw new SyslogUnusable(
      `it is a datagram socket, which ${describeRuntime()} cannot send to. Have the syslog server listen by UDP and give ` +
        "--syslog-socket udp://127.0.0.1:514, or run the bundle by deno run -A --unstable-net",
    );
  }
  return {
    gone: new AbortController().signal,
    send: (message) => socket.send(message, path),
    flush: () => Promise.resolve(),
    destroy: () => socket.close(),
  };
}
