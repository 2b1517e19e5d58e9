/** The states of Mesos that a simulated task goes through; the last two are final. */
export type TaskState = "TASK_STAGING" | "TASK_RUNNING" | "TASK_KILLING" | "TASK_KILLED" | "TASK_FAILED";
