import type { App, PortMapping, Task } from "../marathon/app.ts";
import { servicePorts } from "../model/ports.ts";
import { takesTraffic } from "../model/tasks.ts";

/** An address that no machine has (RFC 5737). */
const nowhere = "192.0.2.1";

/** The first host port of a task that does not run. */
const firstHostPort = 31_000;

/** Marathon's lowest port for apps without service ports of their own (`--local_port_min`). */
const lowestOfMarathon = 10_000;

/**
 * Service ports that Marathon would assign: the lowest free ones. As Marathon may choose others, none of them counts as
 * a conflict.
 */
export class FreePorts {
  readonly #taken: Set<number>;
  #next = lowestOfMarathon;

  constructor(taken: Iterable<number>) {
    this.#taken = new Set(taken);
  }

  take(): number {
    while (this.#taken.has(this.#next)) this.#next++;
    return this.#next++;
  }
}

/** An app as if it ran, which it may never have done. */
export interface RunningApp {
  readonly app: App;
  /** Service ports of Marathon's choice, which are unknown before it has the app. */
  readonly assigned: ReadonlySet<number>;
}

/**
 * An app with Marathon's defaults for its ports, and as if one task of it ran. This shows the problems of its
 * definition and its conflicts with other apps, but none of its tasks. Tasks that do run are kept.
 *
 * @param current the app of the same id that Marathon has: its tasks and service ports stay where they fit
 */
export function asIfRunning(app: App, current: App | undefined, ports: FreePorts): RunningApp {
  if (app.endpoints) return { app: withTask({ ...app, tasks: current?.tasks ?? [] }), assigned: new Set() };
  const kept = current && servicePorts(current, undefined);
  const assigned = new Set<number>();
  const count = declaredPorts(app).length;
  const assign = (port: number | undefined, index: number): number => {
    if (port !== undefined && port !== 0) return port;
    const before = kept?.length === count ? kept[index] : undefined;
    if (before) return before;
    const taken = ports.take();
    assigned.add(taken);
    return taken;
  };
  const complete = withPorts(app, assign);
  return { app: { ...complete, tasks: tasksOf(complete, current, count) }, assigned };
}

/** An app of Marathon with its tasks as healthy ones, or as if one task ran. */
export function withTask(app: App): App {
  return { ...app, tasks: tasksOf(app, undefined, servicePorts(app, undefined).length) };
}

/** The service ports that a definition names, 0 or undefined for those that Marathon assigns. */
function declaredPorts(app: App): readonly (number | undefined)[] {
  if (isContainer(app)) return mappingsOf(app).map(({ servicePort }) => servicePort);
  return app.portDefinitions ?? (app.ports.length > 0 ? app.ports : [0]);
}

/** Marathon assigns one port to an app behind a bridge that names none. */
function mappingsOf({ networkingMode, portMappings }: App): readonly PortMapping[] {
  return portMappings.length === 0 && networkingMode === "container/bridge"
    ? [{ containerPort: 0 }]
    : portMappings;
}

function isContainer({ networkingMode }: App): boolean {
  return networkingMode === "container" || networkingMode === "container/bridge";
}

function withPorts(app: App, assign: (port: number | undefined, index: number) => number): App {
  if (!isContainer(app)) return { ...app, portDefinitions: declaredPorts(app).map(assign) };
  const portMappings = mappingsOf(app).map((mapping, index) => ({
    ...mapping,
    servicePort: assign(mapping.servicePort, index),
  }));
  return { ...app, portMappings };
}

/** Running tasks count as healthy here, as their health is not in question. */
function tasksOf(app: App, current: App | undefined, count: number): Task[] {
  const running = (current ?? app).tasks.filter(({ state, host }) =>
    takesTraffic(state) && host !== undefined
  );
  const fits = app.networkingMode === "container" || running.every(({ ports }) => ports.length === count);
  const sameMode = !current || current.networkingMode === app.networkingMode;
  if (running.length > 0 && fits && sameMode) return running.map((task) => ({ ...task, alive: true }));
  // Without a port a task could serve nothing, so none is added.
  if (count === 0 && app.discoveryPorts.length === 0) return [];
  return [{
    id: `${app.id.slice(1).replaceAll("/", "_")}.as-if`,
    host: nowhere,
    state: "TASK_RUNNING",
    ports: Array.from({ length: count }, (_, index) => firstHostPort + index),
    ipAddress: nowhere,
    alive: true,
    draining: false,
  }];
}
