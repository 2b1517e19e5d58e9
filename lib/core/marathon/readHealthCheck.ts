import type { HealthCheck } from "./App.ts";
import { integerOf, isObject, numberOf, textOf } from "./Json.ts";

/** A member of `healthChecks`; undefined when it is no object or has no protocol. */
export function readHealthCheck(value: unknown): HealthCheck | undefined {
  if (!isObject(value)) return undefined;
  const protocol = textOf(value.protocol);
  if (protocol === undefined) return undefined;
  return {
    protocol,
    port: integerOf(value.port),
    portIndex: integerOf(value.portIndex),
    path: textOf(value.path) ?? "/",
    // What Marathon fills in itself when an app definition does not say.
    timeoutSeconds: numberOf(value.timeoutSeconds) ?? 20,
    intervalSeconds: numberOf(value.intervalSeconds) ?? 60,
    gracePeriodSeconds: numberOf(value.gracePeriodSeconds) ?? 300,
    maxConsecutiveFailures: numberOf(value.maxConsecutiveFailures) ?? 3,
  };
}
