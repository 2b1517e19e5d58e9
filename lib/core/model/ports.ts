import { createHash } from "node:crypto";
import { type App, lacksServicePorts } from "../marathon/app.ts";
import { taskPorts } from "./tasks.ts";

/**
 * The service ports of an app; the position in this list is the index in its labels. Undefined means that the range was
 * full, so that no port could be assigned. The index stays, and is not served. Endpoints of pods have no service port.
 */
export function servicePorts(app: App, assigner: ServicePortAssigner | undefined): (number | undefined)[] {
  if (app.endpoints) return app.endpoints.map(() => undefined);
  const [first] = app.tasks;
  if (!isAssigned(app, assigner !== undefined) || !first) return ownServicePorts(app);
  return taskPorts(app, first).filter((port) => port !== undefined).map((port) =>
    assigner!.assign(app.id, port)
  );
}

/** Whether service ports of an app are assigned from the range, by what the others get: it has none of its own. */
export function isAssigned(app: App, hasRange: boolean): boolean {
  return hasRange && lacksServicePorts(app);
}

function ownServicePorts(app: App): number[] {
  if (app.networkingMode === "container" || app.networkingMode === "container/bridge") {
    const mapped = app.portMappings.map((mapping) => mapping.servicePort).filter((port) =>
      port !== undefined
    );
    if (mapped.length > 0) return mapped;
  }
  return [...app.portDefinitions ?? app.ports];
}

/** How many hashes are tried before the lowest free port is assigned. */
const tries = 50;

/**
 * Assigns service ports of a range to IP-per-task apps that have none. The same apps in the same order get the same
 * ports, on every instance, so each generation needs a new assigner.
 */
export class ServicePortAssigner {
  readonly #taken = new Set<number>();
  readonly #assigned = new Map<string, number | undefined>();

  constructor(readonly minimum: number, readonly maximum: number) {}

  /** The port for one task port of an app; undefined when the range is full. */
  assign(appId: string, taskPort: number): number | undefined {
    const key = `${appId}-${taskPort}`;
    if (!this.#assigned.has(key)) {
      const port = this.#free(key);
      if (port !== undefined) this.#taken.add(port);
      this.#assigned.set(key, port);
    }
    return this.#assigned.get(key);
  }

  #free(key: string): number | undefined {
    const size = this.maximum - this.minimum + 1;
    if (this.#taken.size >= size) return undefined;
    for (let attempt = 0; attempt < tries; attempt++) {
      const hash = createHash("sha1").update(`${key}-${attempt}`).digest().readUInt32BE(0);
      const port = this.minimum + hash % size;
      if (!this.#taken.has(port)) return port;
    }
    let port = this.minimum;
    while (this.#taken.has(port)) port++;
    return port;
  }
}
