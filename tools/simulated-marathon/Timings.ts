/** How long things take, in milliseconds. Read anew every time, so that they may be changed while running. */
export interface Timings {
  /** TASK_STAGING before TASK_RUNNING. */
  stagingMs: number;
  /** TASK_RUNNING before the first health check result, for apps that have health checks. */
  healthyMs: number;
  /** TASK_RUNNING before the readiness check passes, for apps that have one. */
  readyMs: number;
  /** TASK_KILLING, in which the task goes on serving, before it stops to listen. */
  killGraceMs: number;
  /** Pause before a failed task is replaced. */
  relaunchMs: number;
  /** Between two keep-alives of an event stream. */
  keepAliveMs: number;
}

/** Short, for tests; Marathon's keep-alives come every 5 to 15 s. */
export const defaultTimings: Timings = {
  stagingMs: 20,
  healthyMs: 20,
  readyMs: 20,
  killGraceMs: 20,
  relaunchMs: 50,
  keepAliveMs: 5_000,
};
