import { isInNetwork, isIpv4, isIpv6 } from "../addresses.ts";
import type { App, Task } from "../marathon/app.ts";
import { type Problem, problemOf } from "../problem.ts";
import { shortened } from "../text.ts";
import type { ModelContext } from "./context.ts";

/** A task that gets traffic: its address and its ports, in the order of the app's services. */
export interface LiveTask {
  readonly task: Task;
  readonly host: string;
  readonly ip: string;
  readonly ports: readonly (number | undefined)[];
}

/** The health of a task as Marathon reports it. */
export interface Verdict {
  readonly id: string;
  readonly alive?: boolean;
}

export interface LiveTasks {
  readonly live: readonly LiveTask[];
  /** The health that Marathon reports now, kept for answers that carry none. */
  readonly verdicts: readonly Verdict[];
  readonly problems: readonly Problem[];
}

/** A task that gets no traffic: the reason, as words that follow the task, and the kind of problem. */
export interface IdleTask {
  readonly code:
    | "task-unfit"
    | "task-without-address"
    | "no-running-task"
    | "no-reachable-task"
    | "no-ready-task"
    | "no-healthy-task";
  readonly why: string;
}

/** The tasks of an app that get traffic, in their order, with the reason for each that does not. */
export function liveTasks(app: App, context: ModelContext): LiveTasks {
  const live: LiveTask[] = [];
  const verdicts: Verdict[] = [];
  const problems: Problem[] = [];
  const checked = context.healthCheck && app.healthChecks.length > 0;
  let isAmbiguous = false;
  for (const task of app.tasks) {
    const found = judgeTask(app, task, context);
    const isIdle = "why" in found;
    if (checked && task.alive !== undefined && !(isIdle && found.code === "no-running-task")) {
      // Not a value of its own: there are tens of thousands.
      verdicts.push(task);
    }
    if (!isIdle) {
      live.push(found);
      const doubt = isAmbiguous ? undefined : doubtAddress(app, found, context);
      if (doubt === undefined) continue;
      // One task is enough for the message, as the others have addresses of the same networks.
      isAmbiguous = true;
      problems.push(problemOf("task-address-ambiguous", { app: app.id }, `${app.id}: ${doubt}`));
    } else if (found.code === "task-unfit" || found.code === "task-without-address") {
      problems.push(problemOf(found.code, { app: app.id }, `${app.id}: ${describeIdle(task, found)}`));
    }
  }
  return { live, verdicts, problems };
}

/** Which task gets no traffic, and why. */
export function describeIdle({ id }: Pick<Task, "id">, { why }: IdleTask): string {
  return `task ${shortened(id, 255)} is ignored: ${why}`;
}

/** Whether a task gets traffic, and if not, why. */
export function judgeTask(app: App, task: Task, context: ModelContext): LiveTask | IdleTask {
  const { host, unfit } = task;
  const isContainer = app.networkingMode === "container";
  const reason = unfit?.host ?? (isContainer ? unfit?.ipAddress : unfit?.ports);
  if (reason !== undefined) return { code: "task-unfit", why: reason };
  if (host === undefined) return { code: "task-without-address", why: "Marathon names no host for it" };
  // Every deployment passes through these states, so they are not logged.
  if (!takesTraffic(task.state)) {
    return { code: "no-running-task", why: `its state is ${shortened(task.state ?? "")}` };
  }
  const isUnreachable = task.state === "TASK_UNREACHABLE";
  if (isUnreachable && context.unreachableTasks === "remove") {
    return { code: "no-reachable-task", why: "Mesos cannot reach its agent (--unreachable-tasks remove)" };
  }
  if (task.unready && !context.ignoreReadiness) {
    return { code: "no-ready-task", why: "its readiness check has not passed yet" };
  }
  if (
    context.healthCheck && app.healthChecks.length > 0 && !(task.alive ?? context.verdicts.get(task.id))
  ) {
    return {
      code: "no-healthy-task",
      why: task.alive === undefined
        ? "Marathon has no health check result for it yet"
        : "Marathon reports it as unhealthy",
    };
  }
  const ip = isContainer ? ownAddress(task, context) : addressOf(host, context);
  if (ip === undefined) {
    const why = isContainer
      ? "it has no IP address yet"
      : `its host ${JSON.stringify(host)} cannot be resolved to an IP address`;
    return { code: "task-without-address", why };
  }
  const ports = taskPorts(app, task);
  if (ports.length === 0) return { code: "task-unfit", why: "it has no ports" };
  const drains = isUnreachable && context.unreachableTasks === "drain";
  return { task: drains ? { ...task, draining: true } : task, host, ip, ports };
}

function addressOf(host: string, { addresses }: ModelContext): string | undefined {
  return isAddress(host) ? host : addresses.get(host);
}

/** Whether a host needs no look-up. */
export function isAddress(host: string): boolean {
  return isIpv4(host) || isIpv6(host);
}

/** The address of a task that has its own: the first one in the first of the networks that contains any. */
function ownAddress({ ipAddress, ipAddresses = [] }: Task, { taskNetworks = [] }: ModelContext) {
  for (const network of taskNetworks) {
    const found = ipAddresses.find((address) => isInNetwork(address, network));
    if (found !== undefined) return found;
  }
  return ipAddress;
}

/** The note that another address of a task may be meant; undefined if it has none, or a network is configured. */
function doubtAddress(app: App, { task, ip }: LiveTask, { taskNetworks = [] }: ModelContext) {
  const { id, ipAddresses } = task;
  if (app.networkingMode !== "container" || !ipAddresses) return undefined;
  if (taskNetworks.some((network) => isInNetwork(ip, network))) return undefined;
  const others = ipAddresses.filter((address) => isIpv4(address) === isIpv4(ip));
  if (others.length < 2 && taskNetworks.length === 0) return undefined;
  const none = taskNetworks.length > 0 ? ", none of them in --task-networks" : "";
  return `task ${shortened(id, 255)} has the addresses ${ipAddresses.join(", ")}${none}; ${ip} is used`;
}

/**
 * States in which a task gets no traffic: it is starting, being killed or gone (Mesos task states). Tasks in all other
 * states get traffic, also in unknown ones. In `TASK_LOST` and `TASK_UNREACHABLE` only the connection of the agent is
 * known to be broken.
 */
const withoutTraffic = new Set([
  "TASK_STAGING",
  "TASK_STARTING",
  "TASK_KILLING",
  "TASK_FINISHED",
  "TASK_FAILED",
  "TASK_KILLED",
  "TASK_ERROR",
  "TASK_DROPPED",
  "TASK_GONE",
  "TASK_GONE_BY_OPERATOR",
  "TASK_UNKNOWN",
]);

/** Whether a task in this state is a backend; a task without a state is one. */
export function takesTraffic(state: string | undefined): boolean {
  return state === undefined || !withoutTraffic.has(state);
}

/** The ports at which a task listens, in the order of the app's service ports. */
export function taskPorts(app: App, task: Task): readonly (number | undefined)[] {
  if (app.endpoints) return task.ports;
  const containerPorts = () =>
    app.portMappings.map((mapping) => mapping.containerPort).filter((port) => port !== undefined);
  switch (app.networkingMode) {
    case "host":
      return firstFilled([task.ports, app.portDefinitions ?? []]);
    case "container/bridge":
      return firstFilled([task.ports, app.portDefinitions ?? [], containerPorts()]);
    default:
      return firstFilled([app.discoveryPorts, containerPorts()]);
  }
}

function firstFilled<Port>(candidates: readonly (readonly Port[])[]): readonly Port[] {
  return candidates.find((ports) => ports.length > 0) ?? [];
}

/** The names of agents whose addresses the model needs. The shell resolves each once, before the model is built. */
export function hostsToResolve(apps: readonly App[]): Set<string> {
  const hosts = new Set<string>();
  for (const app of apps) {
    if (app.networkingMode === "container") continue;
    for (const { host } of app.tasks) {
      if (host !== undefined && !isAddress(host)) hosts.add(host);
    }
  }
  return hosts;
}

/**
 * The last known health of tasks, for answers in which Marathon omits it. It is bounded, and forgets what was not
 * reported for longest.
 */
export class HealthVerdicts {
  readonly #verdicts = new Map<string, boolean>();

  /** @param capacity `--lru-cache-capacity`: should be at least the number of tasks */
  constructor(readonly capacity: number) {}

  get(taskId: string): boolean | undefined {
    const alive = this.#verdicts.get(taskId);
    if (alive !== undefined) this.#remember(taskId, alive);
    return alive;
  }

  /** The same without marking it as recently used. */
  peek(taskId: string): boolean | undefined {
    return this.#verdicts.get(taskId);
  }

  /** Adds the results of one generation. */
  update(verdicts: ReadonlyMap<string, boolean>): void {
    // Of more than fit, the first ones would be forgotten again.
    let surplus = verdicts.size - this.capacity;
    if (surplus >= 0) this.#verdicts.clear();
    for (const [taskId, alive] of verdicts) if (surplus-- <= 0) this.#remember(taskId, alive);
    for (const oldest of this.#verdicts.keys()) {
      if (this.#verdicts.size <= this.capacity) break;
      this.#verdicts.delete(oldest);
    }
  }

  #remember(taskId: string, alive: boolean): void {
    this.#verdicts.delete(taskId);
    this.#verdicts.set(taskId, alive);
  }
}
