import type { JsonObject } from "../JsonObject.ts";

export interface PortDefinition extends JsonObject {
  /** The service port. */
  readonly port: number;
}

export interface PortMapping extends JsonObject {
  readonly containerPort: number;
  /** 0 is any free port of the agent; absent where the task has an address of its own. */
  readonly hostPort?: number;
  readonly servicePort: number;
}

export const networkModes = ["host", "container/bridge", "container"] as const;
export type NetworkMode = typeof networkModes[number];

export interface UpgradeStrategy {
  /** Share of the instances, 0 to 1, that stays healthy during a deployment. */
  readonly minimumHealthCapacity: number;
  /** Share of the instances, 0 to 1, that may run in addition during a deployment. */
  readonly maximumOverCapacity: number;
}

/** An app as Marathon 1.5 keeps it: all defaults filled in, service ports assigned. Other members are kept as given. */
export interface AppDefinition extends JsonObject {
  readonly id: string;
  readonly instances: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: JsonObject;
  readonly healthChecks: readonly JsonObject[];
  readonly readinessChecks: readonly JsonObject[];
  readonly networks: readonly (JsonObject & { readonly mode: NetworkMode })[];
  /** In host mode only. */
  readonly portDefinitions?: readonly PortDefinition[];
  readonly container?: JsonObject & { readonly portMappings?: readonly PortMapping[] };
  /** Whether the host ports are the service ports. */
  readonly requirePorts: boolean;
  readonly upgradeStrategy: UpgradeStrategy;
}

/** Modes cannot be mixed, so the first network speaks for all. */
export function networkModeOf(definition: AppDefinition): NetworkMode {
  return definition.networks[0]?.mode ?? "host";
}

export function servicePortsOf(definition: AppDefinition): number[] {
  return networkModeOf(definition) === "host"
    ? (definition.portDefinitions ?? []).map((entry) => entry.port)
    : (definition.container?.portMappings ?? []).map((entry) => entry.servicePort);
}
