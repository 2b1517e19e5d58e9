import type { JsonObject } from "../JsonObject.ts";
import {
  type AppDefinition,
  networkModeOf,
  type PortDefinition,
  type PortMapping,
  servicePortsOf,
} from "./AppDefinition.ts";
import { absoluteAppId } from "./appId.ts";

/** Gives the final service ports for the wanted ones, of which 0 is any. */
export type ServicePortAssignment = (wanted: readonly number[]) => number[];

/** A valid app with Marathon's defaults for all that is left out, and its service ports assigned. */
export function completeApp(input: JsonObject, assign: ServicePortAssignment): AppDefinition {
  const app = withPorts(withDefaults(input));
  const ports = assign(servicePortsOf(app));
  if (networkModeOf(app) === "host") {
    return {
      ...app,
      portDefinitions: app.portDefinitions?.map((entry, i) => ({ ...entry, port: ports[i] ?? 0 })),
    };
  }
  const portMappings = app.container?.portMappings?.map((entry, i) => ({
    ...entry,
    servicePort: ports[i] ?? 0,
  }));
  return { ...app, container: { ...app.container, portMappings } };
}

function withDefaults(input: JsonObject): AppDefinition {
  const app = Object.fromEntries(Object.entries(input).filter(([, value]) => value != null)) as Partial<
    AppDefinition
  >;
  return {
    backoffFactor: 1.15,
    backoffSeconds: 1,
    cpus: 0.1,
    disk: 0,
    executor: "",
    maxLaunchDelaySeconds: 300,
    mem: 32,
    constraints: [],
    dependencies: [],
    fetch: [],
    killSelection: "YOUNGEST_FIRST",
    instances: 1,
    env: {},
    labels: {},
    ...app,
    id: absoluteAppId(app.id ?? ""),
    requirePorts: app.requirePorts ?? false,
    networks: (app.networks?.length ? app.networks : [{ mode: "host" } as const])
      .map((network) => ({ ...network, mode: network.mode ?? "container" })),
    healthChecks: (app.healthChecks ?? []).map((check) => ({ ...healthCheckDefaults, ...check })),
    readinessChecks: (app.readinessChecks ?? []).map((check) => ({ ...readinessCheckDefaults, ...check })),
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1, ...app.upgradeStrategy },
  };
}

const readinessCheckDefaults = {
  name: "readinessCheck",
  protocol: "HTTP",
  path: "/",
  portName: "http-api",
  intervalSeconds: 30,
  timeoutSeconds: 10,
  httpStatusCodesForReady: [200],
  preserveLastResponse: false,
};

const healthCheckDefaults = {
  protocol: "HTTP",
  path: "/",
  portIndex: 0,
  gracePeriodSeconds: 300,
  intervalSeconds: 60,
  timeoutSeconds: 20,
  maxConsecutiveFailures: 3,
  delaySeconds: 15,
  ignoreHttp1xx: false,
};

/** Marathon's default is one port. A port mapping gets a host port, unless the task has its own address. */
function withPorts(app: AppDefinition): AppDefinition {
  const mode = networkModeOf(app);
  if (mode === "host") {
    const given: readonly Partial<PortDefinition>[] = app.portDefinitions ?? [{ name: "default" }];
    const portDefinitions = given.map((entry) => ({
      protocol: "tcp",
      labels: {},
      ...entry,
      port: entry.port ?? 0,
    }));
    return { ...app, portDefinitions };
  }
  const given: readonly Partial<PortMapping>[] = app.container?.portMappings ?? [{ name: "default" }];
  const portMappings = given.map((entry) => ({
    protocol: "tcp",
    labels: {},
    ...(mode === "container/bridge" ? { hostPort: 0 } : {}),
    ...entry,
    containerPort: entry.containerPort ?? 0,
    servicePort: entry.servicePort ?? 0,
  }));
  const { portDefinitions: _, ...rest } = app;
  return {
    ...rest,
    container: { type: "MESOS", volumes: [], ...app.container, portMappings },
  } as AppDefinition;
}
