import { createServer } from "node:net";
import type { BindAddress } from "../../core/haproxy/parseBindLine.ts";

/** Why a port cannot be opened. */
export interface BindFault {
  readonly reason: string;
  /** It is this process that may not. HAProxy may, where its file has a capability of its own. */
  readonly forbidden: boolean;
}

const notHere = "cannot be opened: this machine does not have that address";

/** What HAProxy would fail of as well; with EACCES unless it may do more than this process. */
const faults: Readonly<Record<string, string>> = {
  EADDRINUSE: "is taken by another process",
  EADDRNOTAVAIL: notHere,
  // What Deno makes of it.
  EINVAL: notHere,
  EACCES:
    "may not be opened by HAProxy: give marathon-lb the capability CAP_NET_BIND_SERVICE, or take a port from 1024 on",
};

/** Opens a port and closes it again at once. Resolves to what is wrong with it; undefined when nothing is. */
export function testBind({ host, port, ipv6Only }: BindAddress): Promise<BindFault | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", ({ code = "" }: NodeJS.ErrnoException) => {
      const fault = faults[code];
      const forbidden = code === "EACCES";
      resolve(fault === undefined ? undefined : { reason: `port ${port} of ${host} ${fault}`, forbidden });
    });
    server.listen({ host, port, ipv6Only, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
