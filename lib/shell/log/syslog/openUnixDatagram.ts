import { randomUUID } from "node:crypto";
import type { SyslogConnection } from "./SyslogConnection.ts";
import { SyslogUnusable } from "./SyslogUnusable.ts";
import { describeRuntime } from "../../run/describeRuntime.ts";

interface UnixAddress {
  transport: "unixpacket";
  path: string;
}

/** What Deno has with `--unstable-net`. No `node:` module has Unix datagram sockets. */
interface DatagramRuntime {
  listenDatagram?(address: UnixAddress): {
    send(message: Uint8Array, to: UnixAddress): Promise<number>;
    close(): void;
  };
}

/**
 * A socket for datagrams to a Unix socket, as `/dev/log` mostly is.
 *
 * @throws {SyslogUnusable} where the runtime has none
 */
export function openUnixDatagram(path: string): SyslogConnection {
  const { Deno: runtime } = globalThis as { Deno?: DatagramRuntime };
  if (runtime?.listenDatagram === undefined) {
    throw new SyslogUnusable(
      `it is a datagram socket, which ${describeRuntime()} cannot send to. Have the syslog server listen by UDP and give ` +
        "--syslog-socket udp://127.0.0.1:514, or run the bundle by deno run -A --unstable-net",
    );
  }
  // An abstract name: it is in no directory, and goes with the socket (unix(7)).
  const socket = runtime.listenDatagram({ transport: "unixpacket", path: `\0marathon-lb-${randomUUID()}` });
  return {
    gone: new AbortController().signal,
    async send(message) {
      await socket.send(message, { transport: "unixpacket", path });
    },
    flush: () => Promise.resolve(),
    destroy: () => socket.close(),
  };
}
