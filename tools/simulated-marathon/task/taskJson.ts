import type { JsonObject } from "../JsonObject.ts";
import type { SimulatedTask } from "./SimulatedTask.ts";

/** A task as Marathon 1.5 shows it. Without a result yet there is no `healthCheckResults` at all, as in Marathon. */
export function taskJson(task: SimulatedTask): JsonObject {
  const { id, appId, version, stagedAt, startedAt, state, health, instanceId, ports, servicePorts } = task;
  const results = health && Array.from({ length: task.healthCheckCount }, () => ({ ...health, instanceId }));
  return {
    id,
    appId,
    host: task.agent.host,
    slaveId: task.agent.slaveId,
    ports: [...ports],
    ipAddresses: [{ ipAddress: task.ipAddress, protocol: task.ipAddress.includes(":") ? "IPv6" : "IPv4" }],
    servicePorts: [...servicePorts],
    stagedAt,
    startedAt: startedAt ?? null,
    state,
    version,
    localVolumes: [],
    ...(results ? { healthCheckResults: results } : {}),
  };
}
