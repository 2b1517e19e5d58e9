import { mergeDeploymentGroups } from "../deployments/mergeDeploymentGroups.ts";
import type { App } from "../marathon/App.ts";
import type { Problem } from "../problem/Problem.ts";
import { buildAppServices } from "./buildAppServices.ts";
import { claimNames } from "./claimNames.ts";
import { compareText } from "./compareText.ts";
import { liveTasks } from "./liveTasks.ts";
import type { ModelContext } from "./ModelContext.ts";
import type { Service } from "./Service.ts";
import { ServicePortAssigner } from "./ServicePortAssigner.ts";
import { servicePorts } from "./servicePorts.ts";
import { inGroups } from "./inGroups.ts";

export interface Model {
  /** The services to serve, in the order of (app id, port). */
  readonly services: readonly Service[];
  /** Health as reported now, to be remembered for later answers. */
  readonly verdicts: ReadonlyMap<string, boolean>;
  readonly problems: readonly Problem[];
}

/** From apps to the services that this load balancer serves. Never throws: what is wrong with an app is a problem. */
export function buildServices(apps: readonly App[], context: ModelContext): Model {
  const { apps: merged, problems } = mergeDeploymentGroups(apps);
  const range = context.servicePortRange;
  const assigner = range && new ServicePortAssigner(range.minimum, range.maximum);
  const verdicts = new Map<string, boolean>();
  const all: Service[] = [];

  for (const app of merged) {
    if (app.id.slice(1) === context.frameworkName) continue;
    const ports = servicePorts(app, assigner);
    const tasks = liveTasks(app, context);
    const built = buildAppServices(app, ports, tasks.live, context);
    for (const [taskId, alive] of tasks.verdicts) verdicts.set(taskId, alive);
    problems.push(...tasks.problems, ...built.problems);
    all.push(...built.services);
  }

  const taken = all
    .filter((service) => service.enabled && inGroups(service, context.groups))
    .sort((a, b) => compareText(a.appId, b.appId) || a.port - b.port);
  const claimed = claimNames(taken);
  return { services: claimed.services, verdicts, problems: [...problems, ...claimed.problems] };
}
