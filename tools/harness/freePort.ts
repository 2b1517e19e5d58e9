import { randomInt } from "node:crypto";
import { readlinkSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

// Below the range from which the system takes the ports of outgoing connections: one of those could come in between.
const range = [10_000, 32_768] as const;
const reservations: string[] = [];

globalThis.addEventListener("unload", () => {
  for (const path of reservations.splice(0)) rmSync(path, { force: true });
});

/**
 * A port on which no process listens, at any address. While this process lives, no other caller gets it: no test file,
 * demo, soak or benchmark.
 */
export async function freePort(): Promise<number> {
  while (true) {
    const port = randomInt(...range);
    // Reserve first: the test whether it is free binds it for a moment, and could take it from another test's HAProxy.
    if (reserve(port) && await isFree(port)) return port;
  }
}

/** So many ports, as `freePort` gives them. */
export function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, freePort));
}

/**
 * Reserves a port until this process ends; false where it is reserved already. Test files run beside each other and
 * share no memory, but a link can be made once. It names the process that made it.
 *
 * @param directory where the links are
 */
export function reserve(port: number, directory = tmpdir()): boolean {
  const path = join(directory, `marathon-lb-port-${port}`);
  try {
    symlinkSync(String(process.pid), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // The reservations of a process that was killed must not pile up. Another call may have this port.
    if (isStale(path)) rmSync(path, { force: true });
    return false;
  }
  reservations.push(path);
  return true;
}

/** Whether the process that made a reservation has ended. */
function isStale(path: string): boolean {
  try {
    process.kill(Number(readlinkSync(path)), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
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
