import type { JsonObject } from "../JsonObject.ts";
import { taskJson } from "../task/taskJson.ts";
import type { RunningApp } from "./RunningApp.ts";

/** What an app's JSON carries besides its definition. */
export interface AppEmbeds {
  readonly tasks: boolean;
  readonly readiness: boolean;
  /** Ids of the deployments that affect the app. */
  readonly deployments: readonly string[];
}

/** An app as `GET /v2/apps` shows it; counts and deployments are always there, as in Marathon. */
export function appJson(app: RunningApp, embeds: AppEmbeds): JsonObject {
  const { version, lastScalingAt, lastConfigChangeAt } = app;
  const listed = app.tasks.filter((task) => task.isListed);
  const count = (test: (task: typeof listed[number]) => boolean) => listed.filter(test).length;
  return {
    ...app.definition,
    version,
    versionInfo: { lastScalingAt, lastConfigChangeAt },
    tasksStaged: count((task) => task.state === "TASK_STAGING"),
    tasksRunning: count((task) => task.state === "TASK_RUNNING"),
    tasksHealthy: count((task) => task.health?.alive === true),
    tasksUnhealthy: count((task) => task.health?.alive === false),
    deployments: embeds.deployments.map((id) => ({ id })),
    ...(embeds.tasks ? { tasks: listed.map(taskJson) } : {}),
    ...(embeds.readiness ? { readinessCheckResults: readinessResults(app, embeds.deployments) } : {}),
  };
}

/** Of the tasks that run since the deployment under way began, as `InfoEmbedResolver` and `ReadinessBehavior` have it. */
function readinessResults(app: RunningApp, deployments: readonly string[]): JsonObject[] {
  if (deployments.length === 0) return [];
  const checked = app.tasks.filter((task) => task.isListed && task.startedAt && task.version === app.version);
  return app.definition.readinessChecks.flatMap(({ name }) =>
    checked.map(({ id, isReady }) => ({ name, taskId: id, ready: isReady }))
  );
}
