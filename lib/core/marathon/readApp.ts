import { quoted } from "../problem/quoted.ts";
import type { App } from "./App.ts";
import { integerOf, isObject, type JsonObject, listOf, objectOf, textOf } from "./Json.ts";
import { isAppId } from "./isAppId.ts";
import { readHealthCheck } from "./readHealthCheck.ts";
import { readNetworkingMode } from "./readNetworkingMode.ts";
import { readTask } from "./readTask.ts";

/**
 * Reads one app of Marathon's answer. Members that only some apps have may be missing; members of a wrong type
 * that would change where traffic goes do not fit.
 *
 * @throws {TypeError} when the app does not fit: one sentence that says which member, what was found, what is expected.
 */
export function readApp(value: unknown): App {
  if (!isObject(value)) throw new TypeError(`expected an object, found ${quoted(value)}`);
  const id = textOf(value.id);
  if (id === undefined || !isAppId(id)) {
    throw new TypeError(`its id is ${quoted(value.id)}; expected a path such as "/group/app"`);
  }
  return {
    id,
    instances: integerOf(value.instances) ?? 0,
    labels: readLabels(value.labels),
    networkingMode: readNetworkingMode(value),
    portMappings: readPortMappings(value),
    portDefinitions: Array.isArray(value.portDefinitions)
      ? numbers(value.portDefinitions.map((definition) => objectOf(definition).port))
      : undefined,
    ports: numbers(listOf(value.ports)),
    discoveryPorts: numbers(
      listOf(objectOf(objectOf(value.ipAddress).discovery).ports).map((port) => objectOf(port).number),
    ),
    healthChecks: listOf(value.healthChecks).map(readHealthCheck).filter((check) => check !== undefined),
    lastScalingAt: textOf(objectOf(value.versionInfo).lastScalingAt),
    tasks: listOf(value.tasks).map(readTask).filter((task) => task !== undefined),
  };
}

function readLabels(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new TypeError(`its labels are ${quoted(value)}; expected an object of strings`);
  const labels: Record<string, string> = Object.create(null);
  for (const [name, text] of Object.entries(value)) {
    if (text === null) continue;
    if (typeof text !== "string") {
      throw new TypeError(`its label ${name} is ${quoted(text)}; expected a string`);
    }
    labels[name] = text;
  }
  return labels;
}

/** Docker's own port mappings where there are any, else the container's (Marathon 1.5). */
function readPortMappings(app: JsonObject) {
  const container = objectOf(app.container);
  const docker = listOf(objectOf(container.docker).portMappings);
  return (docker.length > 0 ? docker : listOf(container.portMappings)).map((mapping) => ({
    servicePort: integerOf(objectOf(mapping).servicePort),
    containerPort: integerOf(objectOf(mapping).containerPort),
  }));
}

function numbers(values: readonly unknown[]): number[] {
  return values.map(integerOf).filter((value) => value !== undefined);
}
