import { isObject } from "../JsonObject.ts";
import type { AppDefinition } from "./AppDefinition.ts";

/** Whether nothing but the number of instances differs, in which case no task is replaced. */
export function isScaling(before: AppDefinition, after: AppDefinition): boolean {
  const comparable = (definition: AppDefinition) =>
    JSON.stringify(sortedMembers({ ...definition, instances: 0 }));
  return comparable(before) === comparable(after);
}

/** The same value with the members of every object in one order. */
function sortedMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedMembers);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sortedMembers(value[name])]));
}
