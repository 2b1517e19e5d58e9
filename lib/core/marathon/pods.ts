import { isObject, type JsonObject, listOf, objectOf, portOf, textOf } from "../json.ts";
import { quoted } from "../text.ts";
import { type App, bounded, checkServerCount, readApp, readAppValue, readTask, type Task } from "./app.ts";
import { AppList, type Cluster } from "./cluster.ts";

/** What of an endpoint decides where it is reached (Marathon, `types/network.raml`, `Endpoint`). */
interface Endpoint {
  /** Unique in its pod. */
  readonly name: string;
  /** Name of its container. */
  readonly container: string;
  readonly containerPort?: number;
  /** Whether it is for UDP alone. */
  readonly isUdp: boolean;
}

/**
 * Reads one pod of `GET /v2/pods/::status` (Marathon, `types/podStatus.raml`) as an app. Its services are the endpoints of
 * all its containers, in their order. A task is one container of an instance, as each has its own state and health.
 *
 * @throws {TypeError} as `readApp`
 */
export function readPod(value: unknown): App {
  if (!isObject(value)) throw new TypeError(`expected an object, found ${quoted(value)}`);
  const spec = objectOf(value.spec);
  const containers = listOf(spec.containers).map(objectOf);
  const endpoints = containers.flatMap(readEndpoints);
  bounded(endpoints, "ports");
  const networks = listOf(spec.networks);
  const app = readApp({
    id: value.id ?? spec.id,
    instances: objectOf(spec.scaling).instances,
    labels: spec.labels,
    networks: networks.length > 0 ? networks : [{ mode: "host" }],
    healthChecks: containers.flatMap((container) => healthChecksOf(container, endpoints)),
    versionInfo: { lastConfigChangeAt: spec.version },
  });
  const isOwnAddress = app.networkingMode === "container";
  const instances = bounded(value.instances, "tasks").map(objectOf);
  checkServerCount(instances.length * containers.length, endpoints.length);
  const tasks = instances.flatMap((instance) => tasksOf(instance, { containers, endpoints, isOwnAddress }));
  const udpPorts = endpoints.flatMap(({ isUdp }, index) => isUdp ? [index] : []);
  return {
    ...app,
    endpoints: endpoints.map(({ name }) => name),
    tasks,
    ...udpPorts.length > 0 ? { udpPorts } : {},
  };
}

function readEndpoints(container: JsonObject): Endpoint[] {
  return listOf(container.endpoints).map(objectOf).map((endpoint) => {
    const protocols = listOf(endpoint.protocol).map((one) => textOf(one)?.toLowerCase());
    return {
      name: textOf(endpoint.name) ?? "",
      container: textOf(container.name) ?? "",
      containerPort: portOf(endpoint.containerPort),
      isUdp: protocols.length > 0 && protocols.every((one) => one === "udp"),
    };
  });
}

/** Mesos checks pods, by `http`, `tcp` or `exec` (Marathon, `types/healthCheck.raml`). */
function healthChecksOf({ healthCheck, name }: JsonObject, endpoints: readonly Endpoint[]): JsonObject[] {
  if (!isObject(healthCheck)) return [];
  const { http, tcp, ...times } = healthCheck;
  const asked = objectOf(http ?? tcp);
  const portIndex = endpoints.findIndex((one) => one.name === asked.endpoint && one.container === name);
  const place = portIndex < 0 ? {} : { portIndex };
  if (isObject(http)) {
    const isTls = textOf(http.scheme)?.toUpperCase() === "HTTPS";
    return [{ ...times, ...place, protocol: isTls ? "MESOS_HTTPS" : "MESOS_HTTP", path: http.path }];
  }
  return [{ ...times, ...place, protocol: isObject(tcp) ? "MESOS_TCP" : "COMMAND" }];
}

interface PodParts {
  readonly containers: readonly JsonObject[];
  readonly endpoints: readonly Endpoint[];
  /** Whether its instances have addresses of their own. */
  readonly isOwnAddress: boolean;
}

/** The containers of an instance that have endpoints. */
function tasksOf(instance: JsonObject, { containers, endpoints, isOwnAddress }: PodParts): Task[] {
  const ipAddresses = listOf(instance.networks).flatMap((network) => listOf(objectOf(network).addresses))
    .map((ipAddress) => ({ ipAddress }));
  return listOf(instance.containers).map(objectOf).flatMap((container, place): Task[] => {
    const own = endpoints.flatMap((endpoint, index) => endpoint.container === container.name ? [index] : []);
    const definition = containers.find(({ name }) => name === container.name);
    if (!definition || own.length === 0) return [];
    const task = readTask({
      id: container.containerId ?? `${instance.id}.${container.name}`,
      host: instance.agentHostname,
      // Mesos may not know yet that Marathon ends the whole instance.
      state: instance.status === "TERMINAL" ? "TASK_KILLING" : container.status,
      ipAddresses,
      healthCheckResults: healthOf(container, definition),
    }, place);
    const ports: (number | undefined)[] = endpoints.map(() => undefined);
    for (const index of own) {
      const { name, containerPort } = endpoints[index]!;
      const found = listOf(container.endpoints).map(objectOf).find((one) => one.name === name);
      const hostPort = portOf(found?.allocatedHostPort);
      // A container port of 0 is the host port ("Specify 0 to tell Marathon to match").
      ports[index] = isOwnAddress && containerPort ? containerPort : hostPort;
    }
    return [{ ...task, ports }];
  });
}

/** Undefined until Mesos has reported. A container without a check is healthy while it runs. */
function healthOf({ conditions, endpoints }: JsonObject, { healthCheck }: JsonObject) {
  if (!isObject(healthCheck)) return [{ alive: true }];
  const known = listOf(conditions).map(objectOf).find(({ name }) => name === "healthy");
  const ofEndpoint = listOf(endpoints).map(objectOf).find(({ healthy }) => typeof healthy === "boolean");
  if (known && known.reason !== "health-unreported-by-mesos") return [{ alive: known.value === "true" }];
  return ofEndpoint && [{ alive: ofEndpoint.healthy === true }];
}

/** One pod, as `readAppValue` says of apps. */
export function readPodValue(value: unknown, known: ReadonlyMap<string, App>, nameless: string) {
  return readAppValue(value, known, nameless, readPod);
}

/**
 * The answer of `GET /v2/pods/::status`.
 *
 * @param known apps and pods as they were before, by id: those that say the same are kept as the objects they were
 * @throws {TypeError} when it is no list
 */
export function readPods(answer: unknown, known: ReadonlyMap<string, App>): Cluster {
  if (!Array.isArray(answer)) {
    throw new TypeError(`Marathon's answer is ${quoted(answer)}; expected a list of pods`);
  }
  const list = new AppList(known, "Marathon's list of pods");
  for (const value of answer) list.add(value, readPod);
  return list.cluster();
}

/** Apps, and pods behind them. Marathon has no two of one id. */
export function withPods(apps: Cluster, pods: Cluster): Cluster {
  const all = new Map(apps.apps);
  for (const [id, pod] of pods.apps) if (!all.has(id)) all.set(id, pod);
  return { apps: all, problems: new Map([...pods.problems, ...apps.problems]) };
}

/** How many pods are among apps. */
export function countPods({ apps }: Pick<Cluster, "apps">): number {
  return [...apps.values()].filter(({ endpoints }) => endpoints !== undefined).length;
}
