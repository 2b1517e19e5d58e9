import { type AppDefinition, networkModeOf } from "../app/AppDefinition.ts";
import type { RunningApp } from "../app/RunningApp.ts";
import { isObject, type JsonObject } from "../JsonObject.ts";
import type { SimulatedTask } from "../task/SimulatedTask.ts";

const objects = (value: unknown): JsonObject[] => Array.isArray(value) ? value.filter(isObject) : [];
const containersOf = (pod: JsonObject) => objects(pod.containers);
const endpointsOf = (pod: JsonObject) =>
  containersOf(pod).flatMap((container) =>
    objects(container.endpoints).map((endpoint) => ({ container, endpoint }))
  );

/** Whether a definition is a pod's. */
export function isPod(definition: AppDefinition): definition is AppDefinition & { pod: JsonObject } {
  return isObject(definition.pod);
}

/**
 * A pod as the app that runs it: each instance is one task, whose ports are the endpoints of all containers. Throws a TypeError
 * for what is no pod.
 */
export function podAsApp(pod: JsonObject): JsonObject {
  if (typeof pod.id !== "string" || containersOf(pod).length === 0) {
    throw new TypeError("A pod needs an id and a list of containers");
  }
  const { scaling, ...rest } = pod;
  const networks = objects(pod.networks);
  const isHost = (networks[0]?.mode ?? "host") === "host";
  const endpoints = endpointsOf(pod).map(({ endpoint }) => endpoint);
  const ports = isHost ? { portDefinitions: endpoints.map(({ name }) => ({ name, port: 0 })) } : {
    container: {
      portMappings: endpoints.map(({ name, containerPort }) => ({
        name,
        containerPort: containerPort ?? 0,
        ...networks[0]?.mode === "container/bridge" ? { hostPort: 0 } : {},
      })),
    },
  };
  return {
    id: pod.id,
    instances: isObject(scaling) ? scaling.instances : 1,
    ...networks.length > 0 ? { networks } : {},
    ...ports,
    healthChecks: containersOf(pod).some(({ healthCheck }) => isObject(healthCheck))
      ? [{ protocol: "MESOS_HTTP" }]
      : [],
    pod: rest,
  };
}

/** A pod as `GET /v2/pods` shows it. */
export function podJson({ definition, version }: RunningApp): JsonObject {
  return {
    ...definition.pod as JsonObject,
    version,
    scaling: { kind: "fixed", instances: definition.instances },
  };
}

/** A pod as `GET /v2/pods/::status` shows it (Marathon, `types/podStatus.raml`). */
export function podStatus(app: RunningApp): JsonObject {
  const instances = app.tasks.filter((task) => task.isListed);
  const stable = instances.filter((task) => stateOf(task) === "STABLE").length;
  return {
    id: app.definition.id,
    spec: podJson(app),
    status: app.deleting ? "TERMINAL" : stable < app.definition.instances ? "DEGRADED" : "STABLE",
    statusSince: app.version,
    instances: instances.map((task) => instanceJson(task, app.definition)),
    terminationHistory: [],
    lastUpdated: app.version,
    lastChanged: app.version,
  };
}

function stateOf({ state, health }: SimulatedTask): string {
  if (state === "TASK_STAGING") return "STAGING";
  if (state !== "TASK_RUNNING") return "TERMINAL";
  return health?.alive === false ? "DEGRADED" : "STABLE";
}

function instanceJson(task: SimulatedTask, definition: AppDefinition): JsonObject {
  // An instance keeps the definition that it was started with.
  const pod = task.definition.pod as JsonObject;
  const since = task.startedAt ?? task.stagedAt;
  const isHost = networkModeOf(definition) === "host";
  let port = 0;
  return {
    id: task.instanceId,
    status: stateOf(task),
    statusSince: since,
    agentHostname: task.agent.host,
    agentId: task.agent.slaveId,
    specReference: `/v2/pods${task.appId}::versions/${task.version}`,
    networks: isHost ? [] : [{ name: "default", addresses: [task.ipAddress] }],
    containers: containersOf(pod).map((container) => {
      const isChecked = isObject(container.healthCheck);
      const healthy = task.health?.alive;
      const endpoints = objects(container.endpoints).map(({ name }) => {
        const allocatedHostPort = task.ports[port++];
        return {
          name,
          ...allocatedHostPort === undefined ? {} : { allocatedHostPort },
          ...isChecked && healthy !== undefined ? { healthy } : {},
        };
      });
      return {
        name: container.name,
        status: task.state,
        statusSince: since,
        containerId: `${task.instanceId}.${container.name}`,
        endpoints,
        conditions: isChecked && task.state === "TASK_RUNNING"
          ? [{
            name: "healthy",
            value: String(healthy ?? false),
            reason: healthy === undefined ? "health-unreported-by-mesos" : "health-reported-by-mesos",
            lastChanged: since,
            lastUpdated: since,
          }]
          : [],
        lastUpdated: since,
        lastChanged: since,
      };
    }),
    lastUpdated: since,
    lastChanged: since,
  };
}
