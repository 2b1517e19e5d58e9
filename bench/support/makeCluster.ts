/** An app as Marathon answers it, with its tasks. */
export interface ClusterApp {
  id: string;
  tasks: ClusterTask[];
  [member: string]: unknown;
}

export interface ClusterTask {
  id: string;
  host: string;
  ports: number[];
  [member: string]: unknown;
}

export interface ClusterShape {
  readonly apps: number;
  /** Tasks of each app. */
  readonly tasks?: number;
  /** The first service port; one for each app. */
  readonly firstPort?: number;
}

/** Where a task listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The ports of `TaskServer`, at which every address of the loopback network answers. */
export const taskPorts = Array.from({ length: 8 }, (_, index) => 21_001 + index);

/** An address for each number, on this machine. */
export function addressOf(number: number): Address {
  const host = `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
  return { host, port: taskPorts[number % taskPorts.length]! };
}

/**
 * A cluster as operators have them, the same for the same shape. Six of ten apps have a vhost, and a third of those a
 * path. All have a health check and three tasks. Each app is as long in Marathon's answer as a real one (about 3 kB).
 */
export function makeCluster({ apps, tasks = 3, firstPort = 10_001 }: ClusterShape): ClusterApp[] {
  return Array.from({ length: apps }, (_, number) => makeApp(number, { tasks, firstPort }));
}

/** One app of such a cluster. */
export function makeApp(
  number: number,
  { tasks, firstPort }: { tasks: number; firstPort: number },
): ClusterApp {
  const id = `/team-${number % 40}/product-${number % 400}/app-${number}`;
  const servicePort = firstPort + number;
  return {
    id,
    acceptedResourceRoles: ["*"],
    backoffFactor: 1.15,
    backoffSeconds: 1,
    cmd: null,
    container: {
      type: "DOCKER",
      docker: {
        forcePullImage: false,
        image: `registry.example.com/team-${number % 40}/app-${number}:1.${number % 90}.0`,
        parameters: [],
        privileged: false,
      },
      volumes: [],
      portMappings: [{
        containerPort: 8080,
        hostPort: 0,
        labels: {},
        protocol: "tcp",
        servicePort,
        name: "http",
      }],
    },
    cpus: 0.5,
    disk: 0,
    env: {
      DATABASE_URL: `postgres://database-${number % 30}.example.com:5432/app_${number}`,
      LOG_LEVEL: "info",
      JAVA_OPTS: "-Xms256m -Xmx512m -XX:+UseG1GC -Dfile.encoding=UTF-8",
    },
    executor: "",
    instances: tasks,
    healthChecks: [{
      gracePeriodSeconds: 60,
      intervalSeconds: 60,
      maxConsecutiveFailures: 3,
      path: "/health",
      portIndex: 0,
      protocol: number % 10 === 9 ? "TCP" : "HTTP",
      ipProtocol: "IPv4",
      timeoutSeconds: 5,
      delaySeconds: 15,
    }],
    labels: { HAPROXY_GROUP: "external", OWNER: `team-${number % 40}`, ...vhostLabels(number) },
    maxLaunchDelaySeconds: 300,
    mem: 512,
    gpus: 0,
    networks: [{ mode: "container/bridge" }],
    requirePorts: false,
    upgradeStrategy: { maximumOverCapacity: 1, minimumHealthCapacity: 1 },
    version: "2026-11-01T08:00:00.000Z",
    versionInfo: {
      lastScalingAt: "2026-11-01T08:00:00.000Z",
      lastConfigChangeAt: "2026-10-30T08:00:00.000Z",
    },
    killSelection: "YOUNGEST_FIRST",
    unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
    tasksStaged: 0,
    tasksRunning: tasks,
    tasksHealthy: tasks,
    tasksUnhealthy: 0,
    deployments: [],
    tasks: Array.from(
      { length: tasks },
      (_, rank) => makeTask(id, addressOf(number * tasks + rank), `${number}-${rank}`),
    ),
  };
}

/** Sixty of a hundred apps have a vhost, twenty of them under a path of a host that they share. */
function vhostLabels(number: number): Record<string, string> {
  const kind = number % 10;
  if (kind < 4) return { HAPROXY_0_VHOST: `app-${number}.example.com` };
  if (kind < 6) {
    return { HAPROXY_0_VHOST: `shop-${number % 200}.example.com`, HAPROXY_0_PATH: `/app-${number}` };
  }
  return {};
}

/**
 * A running, healthy task of an app.
 *
 * @param name distinguishes it from the other tasks of its app
 */
export function makeTask(appId: string, { host, port }: Address, name: string): ClusterTask {
  const path = appId.slice(1).replaceAll("/", "_");
  const instance = `${path}.instance-${name.padStart(12, "0")}-7c1e-11ef-8a2b-02420a000001`;
  return {
    ipAddresses: [{ ipAddress: "172.17.0.2", protocol: "IPv4" }],
    stagedAt: "2026-11-01T08:00:00.000Z",
    state: "TASK_RUNNING",
    ports: [port],
    startedAt: "2026-11-01T08:00:03.000Z",
    version: "2026-11-01T08:00:00.000Z",
    id: `${instance}._app.1`,
    appId,
    slaveId: `6f1c2d3e-0000-4a5b-8c7d-02420a000001-S${host}`,
    host,
    region: "eu-central",
    zone: "eu-central-1",
    role: "slave_public",
    healthCheckResults: [{
      alive: true,
      consecutiveFailures: 0,
      firstSuccess: "2026-11-01T08:00:20.000Z",
      lastFailure: null,
      lastSuccess: "2026-11-01T08:10:00.000Z",
      lastFailureCause: null,
      instanceId: instance,
    }],
  };
}
