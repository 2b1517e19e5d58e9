import { isObject, type JsonObject } from "../JsonObject.ts";

/**
 * Rewrites networks and ports from the form before Marathon 1.5 to the present one, as Marathon does with its input.
 * Before: `ports`, `ipAddress`, `container.docker.network` and `container.docker.portMappings`. Now: `portDefinitions`,
 * `networks` and `container.portMappings`.
 */
export function migrateNetworking(input: JsonObject): JsonObject {
  const { ports, ipAddress, ...app } = input as Record<string, unknown>;

  if (Array.isArray(ports) && app.portDefinitions === undefined) {
    app.portDefinitions = ports.map((port) => ({ port }));
  }
  if (isObject(ipAddress) && app.networks === undefined) {
    app.networks = [{ mode: "container", name: ipAddress.networkName ?? "default" }];
  }
  if (isObject(app.container) && isObject(app.container.docker)) {
    const { network, portMappings, ...docker } = app.container.docker;
    app.container = { ...(portMappings ? { portMappings } : {}), ...app.container, docker };
    const mode = legacyModes.get(network);
    if (mode && app.networks === undefined) app.networks = [{ mode }];
  }
  return app;
}

const legacyModes = new Map<unknown, string>([
  ["HOST", "host"],
  ["BRIDGE", "container/bridge"],
  ["USER", "container"],
]);
