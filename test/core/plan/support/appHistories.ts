import fc from "fast-check";
import type { Service } from "../../../../lib/core/model/service.ts";
import { serviceOf } from "../../model/support/serviceOf.ts";

/** How many apps there may be at a time. */
export const apps = 6;
const defaultPorts = Array.from({ length: apps }, (_, rank) => 10_000 + rank);

/** What happens to one app. */
const change = fc.record({
  app: fc.nat({ max: apps - 1 }),
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant("come or go" as const) },
    { weight: 2, arbitrary: fc.constantFrom("task", "drain", "body", "port", "vhost") },
  ),
  task: fc.nat({ max: 3 }),
});

/** Random histories of apps that come, go and change. A step is all that one synchronisation sees. */
export const appHistories = fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), {
  minLength: 25,
  maxLength: 25,
});

type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

interface AppState {
  present: boolean;
  tasks: Set<number>;
  draining: Set<number>;
  /** Which body its backend has. */
  body: number;
  hasPort: boolean;
  hasVhost: boolean;
}

/** The apps of one history, as far as it has come. */
export class AppHistory {
  readonly #apps = Array.from({ length: apps }, (_, rank): AppState => ({
    present: rank < 3,
    tasks: new Set([0, 1]),
    draining: new Set(),
    body: rank % 2,
    hasPort: rank % 3 !== 0,
    hasVhost: rank !== 4,
  }));

  step(changes: readonly Change[]): void {
    for (const { app, kind, task } of changes) {
      const one = this.#apps[app]!;
      if (kind === "come or go") one.present = !one.present;
      else if (kind === "task") toggle(one.tasks, task);
      else if (kind === "drain") toggle(one.draining, task);
      // These are other definitions: where the app runs, they need a reload.
      else if (kind === "body") one.body = (one.body + 1) % 3;
      else if (kind === "port") one.hasPort = !one.hasPort;
      else one.hasVhost = !one.hasVhost;
    }
  }

  /** @param ports those of the services */
  services(ports: readonly number[] = defaultPorts): Service[] {
    return this.#apps.flatMap((app, rank) =>
      app.present ? serviceOf(definition(app, rank, ports[rank]!)) : []
    );
  }
}

function toggle(set: Set<number>, member: number): void {
  if (!set.delete(member)) set.add(member);
}

function definition(app: AppState, rank: number, port: number): Partial<Service> {
  const labels = [{}, { BALANCE: "leastconn" }, { USE_HSTS: true }][app.body]!;
  return {
    appId: `/app${rank}`,
    port,
    mode: "http",
    labels: { ...labels, ...app.hasVhost ? { VHOST: [`app${rank}.test`] } : {} },
    ...app.hasPort ? {} : { frontend: false },
    backends: [...app.tasks].sort().map((task) => ({
      host: "h",
      ip: `127.0.${rank}.${task + 1}`,
      port: 8_000 + task,
      draining: app.draining.has(task),
    })),
  };
}
