import type { AppChanges } from "../AppChanges.ts";
import { absoluteAppId } from "../app/appId.ts";
import type { RunningApp } from "../app/RunningApp.ts";
import type { Cluster } from "../Cluster.ts";
import { isObject, type JsonObject } from "../JsonObject.ts";
import { isPod, podAsApp, podJson, podStatus } from "../pod/podJson.ts";
import { type Answer, refusal } from "./Answer.ts";
import { changeOf } from "./appRoutes.ts";
import type { Route } from "./Route.ts";

/** `/v2/pods` and below, as Marathon's `PodsResource` has them. */
export function podRoutes(cluster: Cluster, changes: AppChanges): Route[] {
  const pods = () => [...cluster.apps.values()].filter(({ definition }) => isPod(definition));
  const withPod = ([id = ""]: readonly string[], answer: (pod: RunningApp) => Answer): Answer => {
    const found = pods().find(({ definition }) => definition.id === absoluteAppId(id));
    return found ? answer(found) : refusal(404, `Pod '${absoluteAppId(id)}' does not exist`);
  };
  const shown = (body: unknown): Answer => ({ status: 200, body });
  const bodyOf = async (json: () => Promise<unknown>): Promise<JsonObject> => {
    const pod = await json();
    if (!isObject(pod)) throw new TypeError("A pod must be a JSON object");
    return pod;
  };

  return [
    { method: "GET", pattern: /^\/v2\/pods\/?$/, handle: () => shown(pods().map(podJson)) },
    {
      method: "POST",
      pattern: /^\/v2\/pods\/?$/,
      handle: async (request) => changes.create(podAsApp(await bodyOf(request.json)), changeOf(request)),
    },
    { method: "GET", pattern: /^\/v2\/pods\/::status$/, handle: () => shown(pods().map(podStatus)) },
    {
      method: "GET",
      pattern: /^\/v2\/pods\/(.+)::status$/,
      handle: ({ params }) => withPod(params, (pod) => shown(podStatus(pod))),
    },
    {
      method: "GET",
      pattern: /^\/v2\/pods\/(.+)$/,
      handle: ({ params }) => withPod(params, (pod) => shown(podJson(pod))),
    },
    {
      method: "PUT",
      pattern: /^\/v2\/pods\/(.+)$/,
      handle: async (request) => {
        const pod = { ...await bodyOf(request.json), id: absoluteAppId(request.params[0] ?? "") };
        return changes.update([podAsApp(pod)], changeOf(request));
      },
    },
    {
      method: "DELETE",
      pattern: /^\/v2\/pods\/(.+)$/,
      handle: (request) =>
        withPod(request.params, ({ definition }) => changes.remove(definition.id, changeOf(request))),
    },
  ];
}
