import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Below the ports that Linux gives to whoever asks for any, tasks and clients of the demo among them. */
const lowest = 10_000;
const highest = 32_000;

/** Ports of 127.0.0.1 that are held until they are released. */
export interface ReservedPorts {
  readonly ports: readonly number[];
  release(): Promise<void>;
}

/**
 * Takes free ports at random, so that demos that run at the same time hardly try the same.
 *
 * @throws {Error} when hardly any port is free
 */
export async function reservePorts(count: number): Promise<ReservedPorts> {
  const servers = new Map<number, Server>();
  const release = async () => {
    await Promise.all([...servers.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  };
  for (let tries = 0; servers.size < count; tries++) {
    if (tries === 50 * count) {
      await release();
      throw new Error(
        `Hardly any port of 127.0.0.1 from ${lowest} to ${highest} is free; ${count} are needed`,
      );
    }
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = await listen(port);
    if (server) servers.set(port, server);
  }
  return { ports: [...servers.keys()], release };
}

/** Undefined when the port is taken. */
async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}
