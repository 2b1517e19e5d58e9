import type { JsonObject } from "../JsonObject.ts";
import type { AppDefinition } from "../app/AppDefinition.ts";

export type DeploymentAction =
  | "StartApplication"
  | "ScaleApplication"
  | "RestartApplication"
  | "StopApplication";

export interface DeploymentChange {
  readonly action: DeploymentAction;
  readonly appId: string;
  /** The definition before; absent for a new app. */
  readonly before?: AppDefinition;
}

/** A change of apps under way. It locks its apps until it is done. */
export interface Deployment {
  readonly id: string;
  readonly version: string;
  readonly changes: readonly DeploymentChange[];
  /** All apps before and after, which is what makes the plans of events so large. */
  readonly original: readonly AppDefinition[];
  readonly target: readonly AppDefinition[];
}

/** A deployment as `GET /v2/deployments` lists it. All changes are one step. */
export function deploymentJson({ id, version, changes }: Deployment): JsonObject {
  return {
    id,
    version,
    affectedApps: changes.map((change) => change.appId),
    affectedPods: [],
    steps: [{ actions: actionsOf(changes) }],
    currentActions: changes.map(({ action, appId }) => ({ action, app: appId, readinessCheckResults: [] })),
    currentStep: 1,
    totalSteps: 1,
  };
}

/** The `plan` and `currentStep` of deployment events. */
export function deploymentPlan({ id, version, changes, original, target }: Deployment): JsonObject {
  const root = (apps: readonly AppDefinition[]) => ({
    id: "/",
    version,
    apps,
    groups: [],
    dependencies: [],
    pods: [],
  });
  const step = { actions: actionsOf(changes) };
  return {
    plan: { id, version, original: root(original), target: root(target), steps: [step] },
    currentStep: step,
  };
}

function actionsOf(changes: readonly DeploymentChange[]): JsonObject[] {
  return changes.map(({ action, appId }) => ({ action, app: appId }));
}
