/** Where the ports of an app's tasks live: on the agent, behind its bridge, or on addresses of their own. */
export type NetworkingMode = "host" | "container/bridge" | "container" | (string & Record<never, never>);

/** A health check of an app, with Marathon's defaults for what the answer leaves out. */
export interface HealthCheck {
  readonly protocol: string;
  readonly port?: number;
  readonly portIndex?: number;
  readonly path: string;
  readonly timeoutSeconds: number;
  readonly intervalSeconds: number;
  readonly gracePeriodSeconds: number;
  readonly maxConsecutiveFailures: number;
}

export interface PortMapping {
  readonly servicePort?: number;
  readonly containerPort?: number;
}

export interface Task {
  readonly id: string;
  /** Agent the task runs on; absent when Marathon does not say. */
  readonly host?: string;
  readonly state?: string;
  readonly ports: readonly number[];
  /** The first of the task's own addresses, for IP-per-task. */
  readonly ipAddress?: string;
  /** Whether a health check result is alive; undefined when the task carries no results at all. */
  readonly alive?: boolean;
  /** Set by a blue/green deployment: still listed, but disabled. */
  readonly draining: boolean;
}

/** An app of `GET /v2/apps?embed=apps.tasks`, reduced to what the model needs and checked. */
export interface App {
  readonly id: string;
  readonly instances: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly networkingMode: NetworkingMode;
  readonly portMappings: readonly PortMapping[];
  /** Ports of `portDefinitions`; undefined when the app has no such member, which is not the same as empty. */
  readonly portDefinitions?: readonly number[];
  readonly ports: readonly number[];
  /** `ipAddress.discovery.ports[].number` */
  readonly discoveryPorts: readonly number[];
  readonly healthChecks: readonly HealthCheck[];
  /** `versionInfo.lastScalingAt` */
  readonly lastScalingAt?: string;
  readonly tasks: readonly Task[];
}
