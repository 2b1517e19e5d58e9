/**
 * States in which a task takes no traffic: it is starting, being killed or gone (Mesos task states). All others do,
 * unknown ones too; `TASK_LOST` and `TASK_UNREACHABLE` because only the agent's connection is known to be broken.
 */
const withoutTraffic = new Set([
  "TASK_STAGING",
  "TASK_STARTING",
  "TASK_KILLING",
  "TASK_FINISHED",
  "TASK_FAILED",
  "TASK_KILLED",
  "TASK_ERROR",
  "TASK_DROPPED",
  "TASK_GONE",
  "TASK_GONE_BY_OPERATOR",
  "TASK_UNKNOWN",
]);

/** Whether a task in this state is a backend; without a state it is. */
export function takesTraffic(state: string | undefined): boolean {
  return state === undefined || !withoutTraffic.has(state);
}
