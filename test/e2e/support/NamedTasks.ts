import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { SimulatedMarathon } from "../../../tools/simulated-marathon/SimulatedMarathon.ts";
import { freePort } from "../../../tools/harness/freePort.ts";

/** Any: nobody reads it. */
const timestamp = "2026-01-01T00:00:00.000Z";

/** One app of Marathon whose tasks are servers of the test's own, which answer with their names. */
export class NamedTasks implements AsyncDisposable {
  readonly #servers = new Map<string, Server>();

  private constructor(
    readonly marathon: SimulatedMarathon,
    readonly servicePort: number,
    readonly labels: Readonly<Record<string, string>>,
  ) {}

  /** Starts servers of these names; the app has no task yet. */
  static async start(
    marathon: SimulatedMarathon,
    names: readonly string[],
    labels: Readonly<Record<string, string>>,
  ): Promise<NamedTasks> {
    const tasks = new NamedTasks(marathon, await freePort(), labels);
    for (const name of names) {
      const server = createServer((request, response) => {
        request.resume();
        request.on("end", () => response.end(name));
      });
      await once(server.listen(0, "127.0.0.1"), "listening");
      tasks.#servers.set(name, server);
    }
    return tasks;
  }

  port(name: string): number {
    return (this.#servers.get(name)!.address() as AddressInfo).port;
  }

  /** Name of its server in HAProxy. */
  server(name: string): string {
    return `127_0_0_1_${this.port(name)}`;
  }

  /** Name of the app's backend in HAProxy. */
  get backend(): string {
    return `own_${this.servicePort}`;
  }

  /** Has Marathon know of exactly these tasks, without an event. */
  set(names: readonly string[], labels: Readonly<Record<string, string>> = {}): void {
    this.marathon.setApps([{
      id: "/own",
      instances: names.length,
      portDefinitions: [{ port: this.servicePort }],
      healthChecks: [],
      labels: { HAPROXY_GROUP: "external", ...this.labels, ...labels },
      tasks: names.map((name) => ({
        id: `own.${name}`,
        host: "127.0.0.1",
        state: "TASK_RUNNING",
        ports: [this.port(name)],
      })),
    }]);
  }

  /** Has Marathon know of exactly these tasks, and tell of it. */
  announce(names: readonly string[], labels?: Readonly<Record<string, string>>): void {
    this.set(names, labels);
    this.marathon.emit({ eventType: "status_update_event", appId: "/own", timestamp });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      return closed;
    }));
  }
}
