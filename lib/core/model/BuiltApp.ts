import type { App } from "../marathon/App.ts";
import type { Problem } from "../problem/Problem.ts";
import { buildAppServices } from "./buildAppServices.ts";
import { inGroups } from "./inGroups.ts";
import { isIpv4 } from "./isIpv4.ts";
import { liveTasks } from "./liveTasks.ts";
import type { ModelContext } from "./ModelContext.ts";
import type { Service } from "./Service.ts";
import type { ServicePortAssigner } from "./ServicePortAssigner.ts";
import { servicePorts } from "./servicePorts.ts";

/** What one app comes to by itself, before it is put beside the others. */
export interface BuiltApp {
  /** The services to serve, in the order of their index. */
  readonly services: readonly Service[];
  /** Health as reported now, by task id. */
  readonly verdicts: readonly (readonly [taskId: string, alive: boolean])[];
  readonly problems: readonly Problem[];
}

/** Builds the services of one app. */
export function buildApp(
  app: App,
  assigner: ServicePortAssigner | undefined,
  context: ModelContext,
): BuiltApp {
  const ports = servicePorts(app, assigner);
  const tasks = liveTasks(app, context);
  const built = buildAppServices(app, ports, tasks.live, context);
  return {
    services: built.services.filter((service) => service.enabled && inGroups(service, context.groups)),
    verdicts: tasks.verdicts,
    problems: [...tasks.problems, ...built.problems],
  };
}

/** Whether an app alone decides what it comes to: no address, earlier verdict or assigned port is looked up for it. */
export function isSelfContained(app: App, { healthCheck, servicePortRange }: ModelContext): boolean {
  const container = app.networkingMode === "container";
  if (container && servicePortRange) return false;
  const needsVerdicts = healthCheck && app.healthChecks.length > 0;
  return app.tasks.every(({ host, alive }) =>
    (container || host === undefined || isIpv4(host)) && !(needsVerdicts && alive === undefined)
  );
}
