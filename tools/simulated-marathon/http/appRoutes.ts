import { absoluteAppId } from "../app/appId.ts";
import { appJson } from "../app/appJson.ts";
import type { AppChanges } from "../AppChanges.ts";
import type { ChangeRequest } from "../ChangeRequest.ts";
import type { Cluster } from "../Cluster.ts";
import { isObject } from "../JsonObject.ts";
import { isPod } from "../pod/podJson.ts";
import { taskJson } from "../task/taskJson.ts";
import { type Answer, noSuchApp, refusal } from "./Answer.ts";
import type { Route, RouteRequest } from "./Route.ts";

/** `/v2/apps` and below. An id may have any number of segments, with one or two slashes before it. */
export function appRoutes(cluster: Cluster, changes: AppChanges): Route[] {
  const { scheduler, deployments } = cluster;

  const shown = (id: string, tasks: boolean, readiness = false): unknown => {
    const app = cluster.apps.get(id);
    if (app && isPod(app.definition)) return undefined;
    if (app) return appJson(app, { tasks, readiness, deployments: deployments.of(id) });
    const fixed = cluster.fixedApps.find((candidate) => isObject(candidate) && candidate.id === id);
    return tasks ? fixed : withoutTasks(fixed);
  };

  const allApps = ({ url }: RouteRequest): Answer => {
    const [tasks, readiness] = [embeds(url, "apps.tasks"), embeds(url, "apps.readiness")];
    const fixed = cluster.fixedApps.map((app) => tasks ? app : withoutTasks(app));
    return {
      status: 200,
      body: {
        apps: [
          ...fixed,
          ...[...cluster.apps.keys()].map((id) => shown(id, tasks, readiness)).filter((app) =>
            app !== undefined
          ),
        ],
      },
    };
  };

  const withCreatedApp = (answer: Answer, id: string): Answer =>
    answer.status === 201 ? { ...answer, body: shown(id, true) } : answer;

  return [
    { method: "GET", pattern: /^\/v2\/apps\/?$/, handle: allApps },
    {
      method: "POST",
      pattern: /^\/v2\/apps\/?$/,
      handle: async (request) => {
        const input = await request.json();
        const id = isObject(input) && typeof input.id === "string" ? absoluteAppId(input.id) : "";
        return withCreatedApp(changes.create(input, changeOf(request)), id);
      },
    },
    {
      method: "PUT",
      pattern: /^\/v2\/apps\/?$/,
      handle: async (request) => {
        const inputs = await request.json();
        if (!Array.isArray(inputs)) return refusal(422, "The body of PUT /v2/apps must be a list of apps");
        return changes.update(inputs, changeOf(request));
      },
    },
    {
      method: "GET",
      pattern: /^\/v2\/apps\/(.+)\/tasks$/,
      handle: ({ params }) => {
        const app = cluster.apps.get(idOf(params));
        if (!app) return noSuchApp(idOf(params));
        return { status: 200, body: { tasks: app.tasks.filter((task) => task.isListed).map(taskJson) } };
      },
    },
    {
      method: "DELETE",
      pattern: /^\/v2\/apps\/(.+)\/tasks$/,
      handle: (request) => {
        const id = idOf(request.params);
        if (!cluster.apps.has(id)) return noSuchApp(id);
        const ids = scheduler.tasks.filter((task) => task.appId === id).map((task) => task.id);
        return changes.killTasks(ids, isSet(request.url, "scale"), changeOf(request));
      },
    },
    {
      method: "DELETE",
      pattern: /^\/v2\/apps\/(.+)\/tasks\/([^/]+)$/,
      handle: (request) => {
        const [, taskId = ""] = request.params;
        const id = idOf(request.params);
        const task = scheduler.tasks.find((candidate) => candidate.appId === id && candidate.id === taskId);
        if (!task) {
          return cluster.apps.has(id) ? refusal(404, `Task '${taskId}' does not exist`) : noSuchApp(id);
        }
        if (isSet(request.url, "scale")) return changes.killTasks([taskId], true, changeOf(request));
        void task.kill();
        return { status: 200, body: { task: taskJson(task) } };
      },
    },
    {
      method: "POST",
      pattern: /^\/v2\/apps\/(.+)\/restart$/,
      handle: (request) => changes.restart(idOf(request.params), changeOf(request)),
    },
    {
      method: "GET",
      pattern: /^\/v2\/apps\/(.+)$/,
      handle: ({ params, url }) => {
        const app = shown(idOf(params), true, embeds(url, "apps.readiness"));
        return app === undefined ? noSuchApp(idOf(params)) : { status: 200, body: { app } };
      },
    },
    {
      method: "PUT",
      pattern: /^\/v2\/apps\/(.+)$/,
      handle: async (request) => {
        const input = await request.json();
        const id = idOf(request.params);
        if (!isObject(input)) return refusal(422, "An app must be a JSON object");
        return withCreatedApp(changes.update([{ ...input, id }], changeOf(request)), id);
      },
    },
    {
      method: "DELETE",
      pattern: /^\/v2\/apps\/(.+)$/,
      handle: (request) => changes.remove(idOf(request.params), changeOf(request)),
    },
  ];
}

/** The parts of a request that changes of the cluster take. */
export function changeOf({ url, clientIp }: RouteRequest): ChangeRequest {
  return { clientIp, uri: url.pathname, force: isSet(url, "force") };
}

/** Whether a query parameter is `true`. */
export function isSet(url: URL, name: string): boolean {
  return url.searchParams.get(name) === "true";
}

function idOf([id = ""]: readonly string[]): string {
  return absoluteAppId(id);
}

/** `embed` may be repeated; `apps.` and `app.` mean the same, and `apps.failures` includes the tasks. */
function embeds(url: URL, name: string): boolean {
  const given = url.searchParams.getAll("embed").map((embed) => embed.replace(/^app\./, "apps."));
  return given.includes(name) || given.includes("apps.failures");
}

function withoutTasks(app: unknown): unknown {
  if (!isObject(app)) return app;
  const { tasks: _, ...rest } = app;
  return rest;
}
