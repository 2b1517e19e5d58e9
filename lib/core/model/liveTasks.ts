import type { App, Task } from "../marathon/App.ts";
import type { Problem } from "../problem/Problem.ts";
import { isIpv4 } from "./isIpv4.ts";
import type { ModelContext } from "./ModelContext.ts";
import { takesTraffic } from "./takesTraffic.ts";
import { taskPorts } from "./taskPorts.ts";

/** A task that takes traffic: where it is and at which ports, in the order of the app's services. */
export interface LiveTask {
  readonly task: Task;
  readonly host: string;
  readonly ip: string;
  readonly ports: readonly number[];
}

export interface LiveTasks {
  readonly live: readonly LiveTask[];
  /** The health that Marathon reported now, to be remembered for answers that carry none. */
  readonly verdicts: readonly (readonly [taskId: string, alive: boolean])[];
  readonly problems: readonly Problem[];
}

/** The tasks of an app that take traffic, in their order, with the reason for each that does not. */
export function liveTasks(app: App, context: ModelContext): LiveTasks {
  const live: LiveTask[] = [];
  const verdicts: [string, boolean][] = [];
  const problems: Problem[] = [];
  const ignore = (task: Task, why: string) => {
    problems.push({
      severity: "warning",
      app: app.id,
      message: `${app.id}: task ${task.id} is ignored: ${why}`,
    });
  };

  for (const task of app.tasks) {
    const { host } = task;
    if (host === undefined) {
      ignore(task, "Marathon names no host for it");
      continue;
    }
    // Every deployment passes through these states: not worth a line in the log.
    if (!takesTraffic(task.state)) continue;
    if (context.healthCheck && app.healthChecks.length > 0) {
      if (task.alive !== undefined) verdicts.push([task.id, task.alive]);
      if (!(task.alive ?? context.verdicts.get(task.id))) continue;
    }
    const ip = app.networkingMode === "container" ? task.ipAddress : addressOf(host, context);
    if (ip === undefined) {
      ignore(
        task,
        app.networkingMode === "container"
          ? "it has no IP address yet"
          : `its host ${JSON.stringify(host)} cannot be resolved to an IPv4 address`,
      );
      continue;
    }
    const ports = taskPorts(app, task);
    if (ports.length === 0) {
      ignore(task, "it has no ports");
      continue;
    }
    live.push({ task, host, ip, ports });
  }
  return { live, verdicts, problems };
}

function addressOf(host: string, { addresses }: ModelContext): string | undefined {
  return isIpv4(host) ? host : addresses.get(host);
}
