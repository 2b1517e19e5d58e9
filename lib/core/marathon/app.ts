import { isInNetwork, isIpv4, isIpv6, shortestAddress } from "../addresses.ts";
import { isHostName } from "../hosts.ts";
import { integerOf, isObject, type JsonObject, listOf, objectOf, portOf, sameJson, textOf } from "../json.ts";
import { compact } from "../lists.ts";
import { type Problem, problemOf } from "../problem.ts";
import { quoted, shortened } from "../text.ts";
import { type HealthCheck, readHealthCheck } from "./healthCheck.ts";

/** Where an app's tasks have their ports: on the agent, behind its bridge, or on addresses of their own. */
export type NetworkingMode = "host" | "container/bridge" | "container" | (string & Record<never, never>);

export interface PortMapping {
  readonly servicePort?: number;
  readonly containerPort?: number;
}

export interface Task {
  readonly id: string;
  /** The agent of the task; absent if Marathon does not name it. */
  readonly host?: string;
  readonly state?: string;
  /** Undefined stands for a port that it has not: a container of a pod has those of its own endpoints only. */
  readonly ports: readonly (number | undefined)[];
  /** The task's own address, for IP-per-task: the first IPv4 address, else the first IPv6 address. */
  readonly ipAddress?: string;
  /** All of its own addresses, in Marathon's order; absent if it has at most one. */
  readonly ipAddresses?: readonly string[];
  /** Whether a health check result is alive; undefined if the task has no results at all. */
  readonly alive?: boolean;
  /** Why members of Marathon's answer are left out: a sentence for each, reported if it is used. */
  readonly unfit?: { readonly host?: string; readonly ipAddress?: string; readonly ports?: string };
  /** Set while its app deploys and its readiness check has not passed yet. */
  readonly unready?: true;
  /** Set by a blue/green deployment: still listed, but disabled. */
  readonly draining: boolean;
}

/** An app of `GET /v2/apps?embed=apps.tasks`, reduced to what the model needs and checked. */
export interface App {
  readonly id: string;
  readonly instances: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly networkingMode: NetworkingMode;
  readonly portMappings: readonly PortMapping[];
  /** Ports of `portDefinitions`; undefined if the app has no such member, which differs from an empty one. */
  readonly portDefinitions?: readonly number[];
  readonly ports: readonly number[];
  /** Positions of the service ports that are for UDP only; absent if there are none. */
  readonly udpPorts?: readonly number[];
  /** Set for a pod: the names of its endpoints, in the order of its services. They have no service ports. */
  readonly endpoints?: readonly string[];
  /** Set for an app of `--cluster`: the place of its cluster on the command line, from 1. An earlier one wins. */
  readonly clusterPlace?: number;
  /** `ipAddress.discovery.ports[].number` */
  readonly discoveryPorts: readonly number[];
  readonly healthChecks: readonly HealthCheck[];
  /** Set while it deploys and has readiness checks: only then does Marathon have their results. */
  readonly awaitsReadiness?: true;
  /** `versionInfo.lastScalingAt` */
  readonly lastScalingAt?: string;
  /** `versionInfo.lastConfigChangeAt` */
  readonly lastConfigChangeAt?: string;
  readonly tasks: readonly Task[];
}

/**
 * The limits of one app. They are far above what a working app has, and low enough that its services cause no
 * noticeable cost to the others.
 */
const most = {
  ports: 5_000,
  tasks: 20_000,
  /** Servers in the configuration: tasks, times ports. */
  servers: 100_000,
  healthChecks: 1_000,
  labels: 20_000,
  /** Characters of a label that is read here. */
  label: 2 ** 18,
};

/**
 * Reads one app of Marathon's answer. Members that only some apps have may be missing. An app does not fit when a limit
 * is exceeded, or when a member that decides where traffic goes has the wrong type.
 *
 * @throws {TypeError} when the app does not fit: one sentence that says which member, what was found, what is expected.
 */
export function readApp(value: unknown): App {
  if (!isObject(value)) throw new TypeError(`expected an object, found ${quoted(value)}`);
  const id = textOf(value.id);
  if (id === undefined || !isAppId(id)) {
    throw new TypeError(`its id is ${quoted(value.id)}; expected a path such as "/group/app"`);
  }
  const app: App = {
    id,
    instances: integerOf(value.instances) ?? 0,
    labels: readLabels(value.labels),
    networkingMode: readNetworkingMode(value),
    portMappings: readPortMappings(value),
    portDefinitions: Array.isArray(value.portDefinitions)
      ? numbers(
        "portDefinitions",
        bounded(value.portDefinitions, "ports").map((definition) => objectOf(definition).port),
      )
      : undefined,
    ports: numbers("ports", bounded(value.ports, "ports")),
    discoveryPorts: numbers(
      "ipAddress.discovery.ports",
      bounded(objectOf(objectOf(value.ipAddress).discovery).ports, "ports").map((port) =>
        objectOf(port).number
      ),
      portOf,
    ),
    healthChecks: compact(
      bounded(value.healthChecks, "healthChecks").map(readHealthCheck).filter((check) => check !== undefined),
    ),
    lastScalingAt: textOf(objectOf(value.versionInfo).lastScalingAt),
    lastConfigChangeAt: textOf(objectOf(value.versionInfo).lastConfigChangeAt),
    // The first task decides over the ports of some apps: those that cannot be read stand behind.
    tasks: bounded(value.tasks, "tasks").map(readTask).sort((a, b) =>
      Number(isNameless(a)) - Number(isNameless(b))
    ),
  };
  checkServers(app);
  const udpPorts = findUdpPorts(value, app);
  const deploys = listOf(value.readinessChecks).length > 0 && listOf(value.deployments).length > 0;
  return {
    ...app,
    ...udpPorts.length > 0 ? { udpPorts } : {},
    ...deploys ? { awaitsReadiness: true, tasks: markUnready(app.tasks, value) } : {},
  };
}

/**
 * The tasks of an app that deploys, with those marked that wait for their readiness check. Marathon checks only the
 * tasks that the deployment starts, which have the app's version (Marathon, "Readiness checks"). An answer without
 * `readinessCheckResults` reports no results.
 */
function markUnready(tasks: readonly Task[], { readinessCheckResults, version, tasks: given }: JsonObject) {
  if (!Array.isArray(readinessCheckResults)) return tasks;
  const ready = new Map<string, boolean>();
  for (const result of readinessCheckResults.map(objectOf)) {
    const id = textOf(result.taskId);
    if (id !== undefined) ready.set(id, result.ready === true && ready.get(id) !== false);
  }
  const started = new Set(
    listOf(given).map(objectOf).filter((task) => isGiven(version) && task.version === version)
      .map(({ id }) => textOf(id)),
  );
  return tasks.map((task): Task =>
    ready.get(task.id) ?? !started.has(task.id) ? task : { ...task, unready: true }
  );
}

/**
 * An app whose tasks stay ready once they were. When a deployment is rolled back or Marathon has a new leader, it
 * checks again tasks that serve already.
 */
function keepReady(app: App, before: App | undefined): App {
  if (!before || !app.tasks.some(({ unready }) => unready)) return app;
  const served = new Set(
    before.tasks.filter(({ unready, state }) => !unready && state === "TASK_RUNNING").map(({ id }) => id),
  );
  const tasks = app.tasks.map((task): Task => {
    if (!task.unready || !served.has(task.id)) return task;
    const { unready: _, ...ready } = task;
    return ready;
  });
  return { ...app, tasks };
}

/** The elements of a list. @throws {TypeError} when there are too many */
export function bounded(value: unknown, what: "ports" | "tasks" | "healthChecks"): readonly unknown[] {
  const list = listOf(value);
  if (list.length <= most[what]) return list;
  const name = what === "healthChecks" ? "health checks" : what;
  throw new TypeError(`it has ${list.length} ${name}; expected ${most[what]} at the most`);
}

/** Checks that an app with many tasks has few ports, and the reverse. @throws {TypeError} when it has many of both */
function checkServers({ ports, portDefinitions, portMappings, discoveryPorts, tasks }: App): void {
  const services = Math.max(
    ports.length,
    portDefinitions?.length ?? 0,
    portMappings.length,
    discoveryPorts.length,
  );
  checkServerCount(tasks.length, services);
}

/** @throws {TypeError} when so many tasks with so many ports are too much */
export function checkServerCount(tasks: number, services: number): void {
  const servers = services * tasks;
  if (servers > most.servers) {
    throw new TypeError(
      `it has ${tasks} tasks with ${services} ports, ${servers} servers; expected ${most.servers} at the most`,
    );
  }
}

function readLabels(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new TypeError(`its labels are ${quoted(value)}; expected an object of strings`);
  // Without a prototype, so that "constructor" is a label like any other.
  const labels: Record<string, string> = Object.create(null);
  const entries = Object.entries(value);
  if (entries.length > most.labels) {
    throw new TypeError(`it has ${entries.length} labels; expected ${most.labels} at the most`);
  }
  for (const [name, text] of entries) {
    if (text === null) continue;
    if (typeof text !== "string") {
      throw new TypeError(`its label ${shortened(name)} is ${quoted(text)}; expected a string`);
    }
    if (name.startsWith("HAPROXY_")) checkLabel(name, text);
    labels[name] = text;
  }
  return labels;
}

function checkLabel(name: string, text: string): void {
  if (text.length > most.label) {
    const length = `${text.length} characters`;
    throw new TypeError(`its label ${shortened(name)} has ${length}; expected ${most.label} at the most`);
  }
  // It was invalid UTF-8 when it came: a part of a value would be served as if it were all of it.
  if (text.includes("\ufffd")) {
    throw new TypeError(
      `its label ${shortened(name)} is ${quoted(text)}; expected text without U+FFFD, in UTF-8`,
    );
  }
}

/** Docker's own port mappings where there are any, else the container's (Marathon 1.5). */
function portMappingsOf(app: JsonObject): readonly unknown[] {
  const container = objectOf(app.container);
  const docker = listOf(objectOf(container.docker).portMappings);
  return bounded(docker.length > 0 ? docker : container.portMappings, "ports");
}

function readPortMappings(app: JsonObject): readonly PortMapping[] {
  const mappings = portMappingsOf(app).map(objectOf).map(({ servicePort, containerPort }) => ({
    servicePort: numberIn("servicePort", servicePort, integerOf),
    containerPort: numberIn("containerPort", containerPort, portOf),
  }));
  return compact(mappings);
}

/** Positions among the service ports (`servicePorts`) of those whose `protocol` is UDP alone. */
function findUdpPorts(value: JsonObject, { portMappings, networkingMode }: App): number[] {
  const isMapped = networkingMode.startsWith("container") &&
    portMappings.some(({ servicePort }) => servicePort !== undefined);
  const all = isMapped ? portMappingsOf(value) : listOf(value.portDefinitions);
  if (!all.some(isUdp)) return [];
  const ports = all.map(objectOf).filter(({ servicePort, port }) => isGiven(isMapped ? servicePort : port));
  return ports.flatMap((port, index) => isUdp(port) ? [index] : []);
}

function isUdp(port: unknown): boolean {
  return textOf(objectOf(port).protocol)?.toLowerCase() === "udp";
}

/**
 * The whole numbers of a list, without absent ones. Leaving out an invalid port instead of failing would move every
 * port behind it to another service.
 *
 * @throws {TypeError} when one is no whole number
 */
function numbers(
  member: string,
  values: readonly unknown[],
  read: (value: unknown) => number | undefined = integerOf,
): readonly number[] {
  return compact(
    values.map((value) => numberIn(member, value, read)).filter((number) => number !== undefined),
  );
}

/** A whole number; undefined where it is absent. @throws {TypeError} when it is something else */
function numberIn(
  member: string,
  value: unknown,
  read: (value: unknown) => number | undefined,
): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = read(value);
  if (number === undefined) {
    throw new TypeError(`a number in its ${member} is ${quoted(value)}; expected a port`);
  }
  return number;
}

/** Characters that are kept of an invalid id. */
const longestName = 200;
/**
 * Bytes of JSON that one app may have. An app with its tasks is kilobytes; with thousands of tasks it is megabytes. A
 * larger one would cost all the others time and memory, at every answer.
 */
export const appBytes = 8 * 2 ** 20;

/** The result for an app with more than {@link appBytes}. @param name its id, or another name for it */
export function oversized(name: string): Problem {
  const mebibytes = appBytes / 2 ** 20;
  const message =
    `${name} is left out: its JSON has more than ${mebibytes} MiB with its tasks; expected less`;
  return problemOf("app-too-large", { app: name }, message);
}

/**
 * Reads one app of an answer, or says why it is invalid.
 *
 * @param known apps as they were before, by id; an equal one is returned as the same object
 * @param nameless a name for an app without an id
 * @param read the reader: `readApp` by default
 */
export function readAppValue(
  value: unknown,
  known: ReadonlyMap<string, App>,
  nameless: string,
  read: (value: unknown) => App = readApp,
): { app: App } | { problem: Problem } {
  try {
    const found = read(value);
    const before = known.get(found.id);
    const app = keepReady(found, before);
    return { app: before && sameJson(before, app) ? before : app };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const id = (isObject(value) && textOf(value.id)) || nameless;
    const name = isAppId(id) ? id : shortened(id, longestName);
    return { problem: problemOf("app-unreadable", { app: name }, `${name} is left out: ${error.message}`) };
  }
}

/** Characters of the longest id of a task: Mesos names a directory after it. */
const longestId = 1_024;

/**
 * A member of `tasks`. Its members may be written into a configuration. One that cannot be is left out, and `unfit` says
 * why. A task that is no object or has no id is named by its place in the list.
 *
 * @throws {TypeError} when its id or a port cannot be one of Marathon: one sentence
 */
export function readTask(value: unknown, place: number): Task {
  const id = isObject(value) ? textOf(value.id) : undefined;
  if (!isObject(value) || id === undefined) {
    const why = isObject(value) ? "it has no id" : `it is ${quoted(value)}; expected an object`;
    return { id: nameless + (place + 1), ports: [], unfit: { host: why }, draining: false };
  }
  if (id.length > longestId) {
    throw new TypeError(`the id of a task has ${id.length} characters; expected ${longestId} at the most`);
  }
  const given = listOf(value.ipAddresses).map((one) => objectOf(one).ipAddress);
  const found = given.map(addressOf).filter((address) => address !== undefined);
  const ipAddresses = found.length > 1 ? [...new Set(found)] : found;
  const [host, ports] = [hostOf(value.host), portsOf(value.ports)];
  const ipAddress = firstAddress(ipAddresses);
  const unfit: { host?: string; ipAddress?: string; ports?: string } = {};
  if (host === undefined && isGiven(value.host)) {
    unfit.host = `its host is ${quoted(value.host)}; expected a host name or an address`;
  }
  const unfitAddress = ipAddress === undefined && given.find(isGiven);
  if (unfitAddress) {
    unfit.ipAddress = `its IP address is ${quoted(unfitAddress)}; expected an IPv4 or IPv6 address`;
  }
  if (ports === undefined) unfit.ports = `its ports are ${quoted(value.ports)}; expected whole numbers`;
  // Every answer brings all tasks again. Spreading rare members costs several times as much as all of this.
  const task: { -readonly [Member in keyof Task]: Task[Member] } = {
    id,
    host,
    // One text for all: JSON has one for each task.
    state: value.state === "TASK_RUNNING" ? "TASK_RUNNING" : textOf(value.state),
    ports: ports ?? [],
    ipAddress,
    alive: Array.isArray(value.healthCheckResults)
      ? listOf(value.healthCheckResults).some((result) => objectOf(result).alive === true)
      : undefined,
    draining: false,
  };
  if (ipAddresses.length > 1) task.ipAddresses = ipAddresses;
  if ((unfit.host ?? unfit.ipAddress ?? unfit.ports) !== undefined) task.unfit = unfit;
  return task;
}

/** Mesos makes no id with a blank. */
const nameless = "number ";

function isNameless({ id }: Task): boolean {
  return id.startsWith(nameless);
}

/** In Marathon, an empty text means absent, as `null` does. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function hostOf(value: unknown): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (isIpv6(text)) return shortestAddress(text);
  return isHostName(text.toLowerCase()) ? text : undefined;
}

function addressOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && (isIpv4(text) || isIpv6(text)) ? shortestAddress(text) : undefined;
}

/**
 * The first IPv4 address, else the first IPv6 address that is not link-local. HAProxy would need the interface of a
 * link-local one.
 */
function firstAddress(addresses: readonly string[]): string | undefined {
  return addresses.find(isIpv4) ?? addresses.find((address) => !isInNetwork(address, "fe80::/10")) ??
    addresses[0];
}

/** Undefined if one is no number, as leaving it out would assign the others to other services. */
function portsOf(value: unknown): number[] | undefined {
  if (isGiven(value) && !Array.isArray(value)) return undefined;
  const ports = listOf(value).map(portOf);
  return ports.includes(undefined) ? undefined : ports as number[];
}

/**
 * The networking mode of an app as Marathon sent it. Old members are read first; `networks` (Marathon 1.5) wins. Modes
 * cannot be mixed, so its last entry counts for all.
 */
export function readNetworkingMode(app: JsonObject): NetworkingMode {
  let mode: NetworkingMode = "host";
  if (Object.keys(objectOf(app.ipAddress)).length > 0) mode = "container";

  const network = objectOf(objectOf(app.container).docker).network;
  if (network === "USER") mode = "container";
  else if (network === "BRIDGE") mode = "container/bridge";

  const last = listOf(app.networks).at(-1);
  if (last === undefined) return mode;
  const named = textOf(objectOf(last).mode) ?? "container";
  // One text for all, as of the state of tasks.
  return modes.find((mode) => mode === named) ?? named;
}

const modes: readonly NetworkingMode[] = ["host", "container/bridge", "container"];

/** Characters of the longest id. Marathon's own are shorter, as Mesos names directories after them (255). */
const longest = 512;

/**
 * Whether a text can be an app's id: a path of characters that HAProxy allows in names of sections (configuration
 * manual, section 4, "proxies"). Backends are named after apps. A segment of one or two dots is relative (Marathon,
 * "application groups") and never part of an id. In a URL it would lead to another path.
 */
export function isAppId(text: string): boolean {
  return text.length <= longest && /^\/[A-Za-z0-9._:/-]+$/.test(text) && !/\/\.{1,2}(\/|$)/.test(text);
}

/**
 * Whether what an app becomes may depend on its place in Marathon's list. The place decides which side of a deployment
 * group is the first. It also decides which of two apps keeps a service port that both would be assigned.
 */
export function dependsOnOrder(app: App): boolean {
  return app.labels.HAPROXY_DEPLOYMENT_GROUP !== undefined || lacksServicePorts(app);
}

/** Whether it is an IP-per-task app without service ports of its own, so that they may be assigned. */
export function lacksServicePorts(
  { networkingMode, portMappings, portDefinitions, ports, endpoints }: App,
): boolean {
  return !endpoints && networkingMode === "container" && (portDefinitions ?? ports).length === 0 &&
    portMappings.every(({ servicePort }) => servicePort === undefined);
}
