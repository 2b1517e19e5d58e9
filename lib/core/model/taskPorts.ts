import type { App, Task } from "../marathon/App.ts";

/** The ports at which a task listens, in the order of the app's service ports. */
export function taskPorts(app: App, task: Task): readonly number[] {
  const containerPorts = () =>
    app.portMappings.map((mapping) => mapping.containerPort).filter((port) => port !== undefined);
  switch (app.networkingMode) {
    case "host":
      return firstFilled([task.ports, app.portDefinitions ?? []]);
    case "container/bridge":
      return firstFilled([task.ports, app.portDefinitions ?? [], containerPorts()]);
    default:
      return firstFilled([app.discoveryPorts, containerPorts()]);
  }
}

function firstFilled(candidates: readonly (readonly number[])[]): readonly number[] {
  return candidates.find((ports) => ports.length > 0) ?? [];
}
