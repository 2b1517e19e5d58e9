import type { BenchMarathon } from "./BenchMarathon.ts";
import { addressOf, type ClusterApp, makeTask } from "./makeCluster.ts";
import { get } from "./Subject.ts";

/** Where requests to an app go: a service port, or a vhost of the frontend. */
export interface Route {
  readonly url: string;
  readonly host?: string;
}

/** Moves tasks of a cluster to new addresses, and finds out when requests arrive there. */
export class Mover {
  /** The next address that no task has had. */
  #next: number;

  /** @param routeOf of an app by its number */
  constructor(
    readonly apps: ClusterApp[],
    readonly marathon: BenchMarathon,
    readonly routeOf: (number: number) => Route,
  ) {
    this.#next = apps.length * 4 + 1;
  }

  /** Gives one task of an app another address, without telling. Returns what answers there. */
  move(number: number): string {
    const app = this.apps[number]!;
    const address = addressOf(this.#next++);
    app.tasks = [...app.tasks.slice(1), makeTask(app.id, address, `moved-${this.#next}`)];
    this.marathon.set(app);
    return `${address.host}:${address.port}`;
  }

  tell(number: number): void {
    this.marathon.emit("status_update_event", this.apps[number]!.id);
  }

  /** Resolves when a request to an app is answered at an address. */
  async answeredBy(number: number, expected: string): Promise<void> {
    const { url, host } = this.routeOf(number);
    while (true) {
      const answers = await Promise.all(this.apps[number]!.tasks.map(() => get(url, host)));
      if (answers.includes(expected)) return;
    }
  }
}
