import type { AppChanges } from "../AppChanges.ts";
import type { Cluster } from "../Cluster.ts";
import { deploymentJson } from "../deployment/Deployment.ts";
import { changeOf } from "./appRoutes.ts";
import type { Route } from "./Route.ts";

/** `/v2/deployments`. */
export function deploymentRoutes(cluster: Cluster, changes: AppChanges): Route[] {
  return [
    {
      method: "GET",
      pattern: /^\/v2\/deployments\/?$/,
      handle: () => ({ status: 200, body: cluster.deployments.all.map(deploymentJson) }),
    },
    {
      method: "DELETE",
      pattern: /^\/v2\/deployments\/([^/]+)$/,
      handle: (request) => changes.cancelDeployment(request.params[0] ?? "", changeOf(request)),
    },
  ];
}
