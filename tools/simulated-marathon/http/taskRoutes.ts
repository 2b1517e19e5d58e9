import type { AppChanges } from "../AppChanges.ts";
import type { Cluster } from "../Cluster.ts";
import { isObject, type JsonObject } from "../JsonObject.ts";
import { taskJson } from "../task/taskJson.ts";
import { refusal } from "./Answer.ts";
import { changeOf, isSet } from "./appRoutes.ts";
import type { Route } from "./Route.ts";

/** `/v2/tasks`. */
export function taskRoutes(cluster: Cluster, changes: AppChanges): Route[] {
  return [
    {
      method: "GET",
      pattern: /^\/v2\/tasks\/?$/,
      handle: () => {
        const tasks = cluster.scheduler.tasks.map(taskJson);
        return { status: 200, body: { tasks: [...fixedTasks(cluster.fixedApps), ...tasks] } };
      },
    },
    {
      method: "POST",
      pattern: /^\/v2\/tasks\/delete$/,
      handle: async (request) => {
        const body = await request.json();
        const ids = isObject(body) ? body.ids : undefined;
        if (!Array.isArray(ids)) return refusal(422, 'The body must be {"ids": [task ids]}');
        return changes.killTasks(ids.map(String), isSet(request.url, "scale"), changeOf(request));
      },
    },
  ];
}

/** The tasks of apps that are served verbatim, with the id of their app as in Marathon's own list. */
function fixedTasks(apps: readonly unknown[]): JsonObject[] {
  return apps.filter(isObject).flatMap((app) => {
    const tasks = Array.isArray(app.tasks) ? app.tasks : [];
    return tasks.filter(isObject).map((task) => ({ appId: app.id, ...task }));
  });
}
