import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { freePort } from "../../../tools/harness/freePort.ts";

export interface OwnAppOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly healthChecks?: readonly object[];
}

/** An app whose one task is listening servers of the test's own, one for each of its services. */
export async function ownApp(id: string, servers: readonly Server[], options: OwnAppOptions = {}) {
  // Ascending: health checks count an app's services in the order of their ports.
  const servicePorts = (await Promise.all(servers.map(freePort))).sort((a, b) => a - b);
  return {
    id,
    instances: 1,
    portDefinitions: servicePorts.map((port) => ({ port })),
    healthChecks: options.healthChecks ?? [],
    labels: { HAPROXY_GROUP: "external", ...options.labels },
    tasks: [{
      id: "own.1",
      host: "127.0.0.1",
      state: "TASK_RUNNING",
      ports: servers.map((server) => (server.address() as AddressInfo).port),
    }],
  };
}

/** Lets servers listen on free ports of 127.0.0.1 until the test is over. */
export async function whileListening(servers: readonly Server[], test: () => Promise<void>): Promise<void> {
  try {
    for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening");
    await test();
  } finally {
    for (const server of servers) {
      // HAProxy keeps connections to its servers; a test may keep some too.
      if ("closeAllConnections" in server) {
        (server as Server & { closeAllConnections(): void }).closeAllConnections();
      }
      server.close();
    }
  }
}
