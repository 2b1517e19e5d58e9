import { isConverged, type RunningApp } from "../app/RunningApp.ts";
import type { EventBus } from "../events/EventBus.ts";
import { type Deployment, deploymentPlan } from "./Deployment.ts";

/** The deployments under way, from `deployment_info` to `deployment_success`. */
export class Deployments {
  #underWay: Deployment[] = [];

  constructor(private readonly bus: EventBus) {}

  get all(): readonly Deployment[] {
    return this.#underWay;
  }

  /** Ids of those that lock the app. */
  of(appId: string): string[] {
    return this.#underWay
      .filter((deployment) => deployment.changes.some((change) => change.appId === appId))
      .map((deployment) => deployment.id);
  }

  begin(deployment: Deployment): void {
    this.#underWay.push(deployment);
    this.bus.publish({ eventType: "deployment_info", ...deploymentPlan(deployment) });
  }

  /** Gives up; what it has started so far stays. */
  cancel(ids: readonly string[]): void {
    for (const deployment of this.#take((candidate) => ids.includes(candidate.id))) {
      const { id, version } = deployment;
      this.bus.publish({ eventType: "deployment_failed", id, ...deploymentPlan(deployment) });
      this.bus.publish({
        eventType: "group_change_failed",
        groupId: "/",
        version,
        reason: "Deployment canceled",
      });
    }
  }

  /** Ends those whose apps all run as defined. */
  endFinished(apps: ReadonlyMap<string, RunningApp>): void {
    const isDone = ({ changes }: Deployment) =>
      changes.every(({ appId }) => {
        const app = apps.get(appId);
        return !app || isConverged(app);
      });
    for (const deployment of this.#take(isDone)) {
      const { id, version } = deployment;
      const plan = deploymentPlan(deployment);
      this.bus.publish({ eventType: "deployment_step_success", ...plan });
      this.bus.publish({ eventType: "group_change_success", groupId: "/", version });
      this.bus.publish({ eventType: "deployment_success", id, ...plan });
    }
  }

  #take(test: (deployment: Deployment) => boolean): Deployment[] {
    const taken = this.#underWay.filter(test);
    this.#underWay = this.#underWay.filter((deployment) => !taken.includes(deployment));
    return taken;
  }
}
