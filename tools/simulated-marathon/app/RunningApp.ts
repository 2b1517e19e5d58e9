import type { SimulatedTask } from "../task/SimulatedTask.ts";
import type { AppDefinition } from "./AppDefinition.ts";

/** An app that is deployed, or on its way in or out. */
export interface RunningApp {
  definition: AppDefinition;
  version: string;
  lastScalingAt: string;
  /** Tasks of an earlier version than this one are outdated and get replaced. */
  lastConfigChangeAt: string;
  /** Set on deletion: the app stays until its last task is gone. */
  deleting: boolean;
  /** Set while no task is launched because one has just failed. */
  backingOff: boolean;
  tasks: SimulatedTask[];
}

export function isOutdated(app: RunningApp, task: SimulatedTask): boolean {
  return task.version < app.lastConfigChangeAt;
}

/** Whether the app runs as defined: every task current and ready, none too many, none on its way out. */
export function isConverged(app: RunningApp): boolean {
  const target = app.deleting ? 0 : app.definition.instances;
  return app.tasks.length === target &&
    app.tasks.every((task) => task.phase === "ready" && !isOutdated(app, task));
}
