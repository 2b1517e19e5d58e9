import { randomUUID } from "node:crypto";

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

/** A socket that sends datagrams to Unix sockets. */
export interface UnixDatagrams {
  /** `path` begins with NUL for an abstract socket (unix(7)). Rejects with the system's error. */
  send(message: Uint8Array, path: string): Promise<void>;
  close(): void;
}

/** Opens such a socket; undefined where the runtime has none. */
export function openUnixDatagrams(): UnixDatagrams | undefined {
  const { Deno: runtime } = globalThis as { Deno?: DatagramRuntime };
  if (runtime?.listenDatagram === undefined) return undefined;
  // An abstract name: it is in no directory, and goes with the socket (unix(7)).
  const socket = runtime.listenDatagram({ transport: "unixpacket", path: `\0marathon-lb-${randomUUID()}` });
  return {
    async send(message, path) {
      await socket.send(message, { transport: "unixpacket", path });
    },
    close: () => socket.close(),
  };
}
