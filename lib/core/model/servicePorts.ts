import type { App } from "../marathon/App.ts";
import type { ServicePortAssigner } from "./ServicePortAssigner.ts";
import { taskPorts } from "./taskPorts.ts";

/**
 * The service ports of an app; the position in this list is the index in its labels. Undefined stands for a port
 * that could not be assigned because the range is full: it keeps its index, and is served by nothing.
 */
export function servicePorts(app: App, assigner: ServicePortAssigner | undefined): (number | undefined)[] {
  if (app.networkingMode === "container" || app.networkingMode === "container/bridge") {
    const mapped = app.portMappings.map((mapping) => mapping.servicePort).filter((port) =>
      port !== undefined
    );
    if (mapped.length > 0) return mapped;
  }
  const declared = app.portDefinitions ?? app.ports;
  if (declared.length > 0) return [...declared];

  const first = app.tasks[0];
  if (!assigner || !first || app.networkingMode !== "container") return [];
  return taskPorts(app, first).map((port) => assigner.assign(app.id, port));
}
