import type { ServiceLabels } from "../labels/ServiceLabels.ts";
import type { HealthCheck } from "../marathon/App.ts";

/** One task of a service, as HAProxy's `server` sees it. */
export interface Backend {
  readonly host: string;
  readonly ip: string;
  readonly port: number;
  readonly draining: boolean;
}

/** One service port of one app, with everything the configuration says about it. */
export interface Service {
  readonly appId: string;
  /** Position in the app's service ports: the `{n}` of its labels. */
  readonly index: number;
  /** The port at which it is exposed. */
  readonly port: number;
  readonly mode: "tcp" | "http";
  readonly groups: readonly string[];
  readonly enabled: boolean;
  /** Whether it belongs to a blue/green deployment, which tools outside carry out by what the statistics say. */
  readonly inDeploymentGroup?: true;
  readonly labels: ServiceLabels;
  /** Template overrides by template name, with line breaks as LF. */
  readonly templates: ReadonlyMap<string, string>;
  readonly healthCheck?: HealthCheck;
  /** Sorted by host, then port. */
  readonly backends: readonly Backend[];
  /** For each backend the port that its check asks, where `BACKEND_HEALTHCHECK_PORT_INDEX` names another one. */
  readonly checkPorts?: readonly number[];
}
