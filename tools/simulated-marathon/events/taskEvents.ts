import type { SimulatedTask } from "../task/SimulatedTask.ts";
import { taskJson } from "../task/taskJson.ts";
import type { TaskState } from "../task/TaskState.ts";
import type { EventDraft } from "./MarathonEvent.ts";

const conditions: Record<TaskState, string> = {
  TASK_STAGING: "Staging",
  TASK_RUNNING: "Running",
  TASK_KILLING: "Killing",
  TASK_KILLED: "Killed",
  TASK_FAILED: "Failed",
};

export function statusUpdate(task: SimulatedTask, taskStatus: TaskState, message: string): EventDraft {
  const { id: taskId, appId, host, slaveId, ports, ipAddresses, version } = taskJson(task);
  return {
    eventType: "status_update_event",
    slaveId,
    taskId,
    taskStatus,
    message,
    appId,
    host,
    ipAddresses,
    ports,
    version,
  };
}

export function instanceChanged(task: SimulatedTask, state: TaskState): EventDraft {
  return {
    eventType: "instance_changed_event",
    instanceId: task.instanceId,
    condition: conditions[state],
    runSpecId: task.appId,
    agentId: task.agent.slaveId,
    host: task.agent.host,
    runSpecVersion: task.version,
  };
}

export function healthChanged(task: SimulatedTask, alive: boolean): EventDraft {
  const { appId, instanceId, version } = task;
  return { eventType: "health_status_changed_event", appId, taskId: task.id, instanceId, version, alive };
}

export function instanceHealthChanged(task: SimulatedTask, healthy: boolean): EventDraft {
  const { appId: runSpecId, instanceId, version: runSpecVersion } = task;
  return { eventType: "instance_health_changed_event", instanceId, runSpecId, runSpecVersion, healthy };
}
