import { createServer } from "node:net";
import type { BindAddress } from "../../core/haproxy/parseBindLine.ts";

const notHere = "cannot be opened: this machine does not have that address";

/** What HAProxy would fail of as well. Whether it may open a privileged port (EACCES), only it can tell. */
const faults: Readonly<Record<string, string>> = {
  EADDRINUSE: "is taken by another process",
  EADDRNOTAVAIL: notHere,
  // What Deno makes of it.
  EINVAL: notHere,
};

/** Opens a port and closes it again at once. Resolves to what is wrong with it; undefined when nothing is. */
export function testBind({ host, port, ipv6Only }: BindAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", ({ code = "" }: NodeJS.ErrnoException) => {
      const fault = faults[code];
      resolve(fault && `port ${port} of ${host} ${fault}`);
    });
    server.listen({ host, port, ipv6Only, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
