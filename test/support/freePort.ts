import { randomInt } from "node:crypto";
import { mkdirSync, rmdirSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Below the range from which the system takes the ports of outgoing connections: one of those could come in between.
const range = [10_000, 32_768] as const;
const reservations: string[] = [];

globalThis.addEventListener("unload", () => {
  for (const path of reservations.splice(0)) rmdirSync(path);
});

/** A port that nobody listens on, at no address, and that no other caller was given, in this file of tests or in another. */
export async function freePort(): Promise<number> {
  while (true) {
    const port = randomInt(...range);
    // First: to look whether it is free takes it for a moment, from a HAProxy that another test starts at it.
    if (reserve(port) && await isFree(port)) return port;
  }
}

/** Test files run beside each other and share no memory: a directory can be made once. */
function reserve(port: number): boolean {
  const path = join(tmpdir(), `marathon-lb-test-port-${port}`);
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  reservations.push(path);
  return true;
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
