import { readStatistics } from "../haproxy/statistics.ts";
import { isObject, listOf, objectOf, textOf } from "../json.ts";
import { type App, readApp } from "../marathon/app.ts";
import { startedAt } from "../model/blueGreen.ts";
import { servicePorts } from "../model/ports.ts";
import { backendName } from "../model/service.ts";
import { takesTraffic, taskPorts } from "../model/tasks.ts";
import { cleanName } from "../render/names.ts";
import { parseTimestamp } from "../text.ts";
import { type Definition, digestLabel, groupName } from "./definition.ts";

/** A task of a side that runs, as far as a deployment looks at it. */
export interface SideTask {
  readonly id: string;
  /** Whether Marathon says that it runs, has passed its health checks where there are some, and is ready. */
  readonly healthy: boolean;
  readonly host: string;
  /** Its own addresses, where it is reached at one of them; the agent's otherwise. */
  readonly addresses?: readonly string[];
  readonly port: number;
}

/** One app of a deployment group, as Marathon says. */
export interface Side {
  readonly id: string;
  readonly instances: number;
  readonly labels: Readonly<Record<string, string>>;
  /** `HAPROXY_DEPLOYMENT_STARTED_AT`, in microseconds since 1970; before everything where it is absent. */
  readonly startedAt: number;
  /** `versionInfo.lastScalingAt`, in microseconds since 1970. */
  readonly scaledAt: number;
  /** Whether Marathon is changing it. */
  readonly deploying: boolean;
  readonly servicePort: number | undefined;
  /** Those that are not being killed. */
  readonly tasks: readonly SideTask[];
}

/** What an instance of the load balancer says of one server. Counters are those of the worker that serves. */
export interface Server {
  readonly name: string;
  readonly status: string;
  /** Requests that it has at present, and those that wait for it. */
  readonly busy: number;
  readonly requests: number;
  readonly errors: number;
}

/** What one instance of the load balancer says of the group. */
export interface LoadBalancer {
  /** Its address. */
  readonly name: string;
  /** Why it did not answer; its servers are not known then. */
  readonly problem?: string;
  /** Old workers that end their requests after a reload; what they have is in no statistics. */
  readonly oldWorkers: number;
  readonly servers: readonly Server[];
}

/** What there is at one moment. */
export interface Observation {
  /** Milliseconds on a clock that only runs forward. */
  readonly at: number;
  /** The apps of the group, the one that was deployed last first. */
  readonly sides: readonly Side[];
  /** Whether there is an app with the definition's id, without a colour and outside the group. */
  readonly namesake: boolean;
  readonly loadBalancers: readonly LoadBalancer[];
}

/**
 * The sides of a group in the answer to `/v2/apps`, the one that was deployed last first.
 *
 * @throws {TypeError} when the answer has no list of apps, or an app of the group does not fit
 * @throws {RangeError} when a side does not say when it was deployed
 */
export function readSides(
  answer: unknown,
  { group, id }: Definition,
): Pick<Observation, "sides" | "namesake"> {
  if (!isObject(answer) || !Array.isArray(answer.apps)) {
    throw new TypeError("Marathon's answer to /v2/apps has no list of apps; check --marathon");
  }
  const apps = answer.apps.filter(isObject);
  const isMember = (app: Readonly<Record<string, unknown>>) =>
    groupName(textOf(objectOf(app.labels).HAPROXY_DEPLOYMENT_GROUP)) === group;
  const sides = apps.filter(isMember).map((app) => readSide(readApp(app), listOf(app.deployments).length > 0))
    .sort((a, b) => b.startedAt - a.startedAt);
  return { sides, namesake: apps.some((app) => app.id === id && !isMember(app)) };
}

function readSide(app: App, deploying: boolean): Side {
  const { id, instances, labels, lastScalingAt } = app;
  return {
    id,
    instances,
    labels,
    startedAt: startedAt(app),
    scaledAt: parseTimestamp(lastScalingAt ?? "") ?? -Infinity,
    deploying,
    servicePort: servicePorts(app, undefined)[0],
    tasks: app.tasks.filter(({ state }) => takesTraffic(state)).flatMap((task): SideTask[] => {
      const [port] = taskPorts(app, task);
      const { host } = task;
      if (host === undefined || port === undefined) return [];
      const own = app.networkingMode === "container" ? task.ipAddresses ?? [task.ipAddress ?? ""] : undefined;
      const healthy = task.state !== "TASK_UNREACHABLE" && !task.unready &&
        (app.healthChecks.length === 0 || task.alive === true);
      return [{ id: task.id, healthy, host, port, ...own ? { addresses: own } : {} }];
    }),
  };
}

/** Whether a side was created from a definition; undefined where its label does not say, as with `zdd.py`. */
export function isOf(side: Side, { digest }: Definition): boolean | undefined {
  const label = side.labels[digestLabel];
  return label === undefined ? undefined : label === digest;
}

/** The servers of a group in `/haproxy?stats;csv`. */
export function readServers(csv: string, { group, port }: Pick<Definition, "group" | "port">): Server[] {
  const backend = backendName({ appId: `/${group}`, port });
  const servers: Server[] = [];
  for (const row of readStatistics(csv)) {
    if (row.backend !== backend || row.server === "BACKEND" || row.server === "FRONTEND") continue;
    const { server: name, status, sessions, queue, total, errors } = row;
    servers.push({ name, status, busy: sessions + queue, requests: total, errors });
  }
  return servers;
}

/** An address as it stands in the names of servers. */
const address = /^(?:\d{1,3}_){3}\d{1,3}$|^[0-9a-f]*(?:_[0-9a-f]*){2,7}$/;

/**
 * Whether a server is a task's, by its name: `HOST_PORT`, or `HOST_ADDRESS_PORT` where the address says something else than
 * the host. Which address an agent's name leads to, only the load balancer knows.
 */
export function isServerOf(name: string, { host, port, addresses }: SideTask): boolean {
  const [begin, end] = [`${cleanName(host)}_`, `_${port}`];
  if (addresses) return addresses.some((own) => name === `${begin}${cleanName(own)}${end}`) || isPlain();
  if (isPlain()) return true;
  return name.startsWith(begin) && name.endsWith(end) && address.test(name.slice(begin.length, -end.length));

  function isPlain() {
    const isSame = addresses === undefined || addresses.includes(host);
    return isSame && name === `${cleanName(host)}${end}`;
  }
}

/** How a server stands. `absent` where the load balancer does not have it. */
export type Standing = "serving" | "draining" | "down" | "absent";

/** How a task's server stands in one instance. */
export function standingOf(task: SideTask, { servers }: LoadBalancer): Standing {
  const server = serverOf(task, servers);
  if (!server) return "absent";
  // `UP 1/3`, and `UP 0/4` before the first check, have traffic, and so have those that are not checked.
  if (/^(?:UP|no check)/.test(server.status)) return "serving";
  return /^(?:MAINT|DRAIN)/.test(server.status) ? "draining" : "down";
}

export function serverOf(task: SideTask, servers: readonly Server[]): Server | undefined {
  return servers.find(({ name }) => isServerOf(name, task));
}

/** Requests and errors of the servers of one side, of all instances together. */
export interface Tally {
  readonly requests: number;
  readonly errors: number;
}

/** Counters as they were seen last, by instance and server, and what was added up since the watch began. */
export interface Count {
  readonly seen: ReadonlyMap<string, Tally>;
  readonly fresh: Tally;
  readonly old: Tally;
}

/**
 * Adds what the servers of both sides counted since they were looked at last. A worker that starts after a reload counts from
 * nothing: what is less than before is all new.
 *
 * @param before undefined begins a count
 */
export function countOn(
  before: Count | undefined,
  loadBalancers: readonly LoadBalancer[],
  { fresh, old }: { fresh: Side; old: Side },
): Count {
  const seen = new Map(before?.seen);
  const add = (tasks: readonly SideTask[], sum: Tally): Tally => {
    let { requests, errors } = sum;
    for (const { name, servers } of loadBalancers) {
      for (const task of tasks) {
        const server = serverOf(task, servers);
        if (!server) continue;
        const key = `${name} ${server.name}`;
        const last = seen.get(key);
        // What a server counted before the watch is not of it; one that was not there then counts from its beginning.
        const since = (now: number, then: number | undefined) =>
          then === undefined ? before ? now : 0 : now >= then ? now - then : now;
        requests += since(server.requests, last?.requests);
        errors += since(server.errors, last?.errors);
        seen.set(key, { requests: server.requests, errors: server.errors });
      }
    }
    return { requests, errors };
  };
  const none = { requests: 0, errors: 0 };
  return {
    fresh: add(fresh.tasks, before?.fresh ?? none),
    old: add(old.tasks, before?.old ?? none),
    seen,
  };
}
