import type { Task } from "./App.ts";
import { integerOf, isObject, listOf, objectOf, textOf } from "./Json.ts";

/** A member of `tasks`; undefined when it is no object or has no id. */
export function readTask(value: unknown): Task | undefined {
  if (!isObject(value)) return undefined;
  const id = textOf(value.id);
  if (id === undefined) return undefined;
  return {
    id,
    host: hostOf(value.host),
    state: textOf(value.state),
    ports: listOf(value.ports).map(integerOf).filter((port) => port !== undefined),
    ipAddress: hostOf(objectOf(listOf(value.ipAddresses)[0]).ipAddress),
    alive: Array.isArray(value.healthCheckResults)
      ? listOf(value.healthCheckResults).some((result) => objectOf(result).alive === true)
      : undefined,
    draining: false,
  };
}

/** A name or an address; anything else could write configuration. */
function hostOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && /^[A-Za-z0-9._:%-]+$/.test(text) ? text : undefined;
}
