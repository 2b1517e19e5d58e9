import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below the range from which the system takes the ports of outgoing connections: one of those could come in between.
const range = [10_000, 32_768] as const;
const given = new Set<number>();

/** A port that nobody listens on, at no address, and that no other caller was given. */
export async function freePort(): Promise<number> {
  while (true) {
    const port = randomInt(...range);
    if (given.has(port) || !await isFree(port)) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(port, "0.0.0.0", () => server.close(() => resolve(true)));
  });
}
