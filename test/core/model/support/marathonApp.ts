import { marathonTask } from "./marathonTask.ts";

/** An app as Marathon sends it: one service port, one task that runs. */
export function marathonApp(members: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: "/web",
    instances: 1,
    labels: {},
    portDefinitions: [{ port: 10001 }],
    healthChecks: [],
    tasks: [marathonTask()],
    ...members,
  };
}
