import type { DeployedApp } from "./MarathonApi.ts";

/** What is to be deployed, blue or green. */
export interface SideDefinition {
  readonly id: string;
  readonly instances: number;
  /** The service port, in the member that Marathon has had for it from its beginning. */
  readonly ports: readonly [number];
  readonly labels: Readonly<Record<string, string>>;
  readonly healthChecks: readonly object[];
}

/** How many new instances to begin with. */
const firstStep = 1;

/**
 * The app to create: of the colour and at the Marathon port that the side deployed last does not have, while
 * `HAPROXY_0_PORT` keeps both sides at one port of the load balancer.
 *
 * @param last the side deployed last; undefined for the first deployment
 * @param newInstances of how many instances a hybrid's new side is to be; 0 replaces the old side
 */
export function nextSide(
  app: SideDefinition,
  last: DeployedApp | undefined,
  newInstances: number,
  startedAt: string,
): SideDefinition {
  const colour = last?.labels.HAPROXY_DEPLOYMENT_COLOUR === "blue" ? "green" : "blue";
  const [port] = app.ports;
  const alternative = Number(app.labels.HAPROXY_DEPLOYMENT_ALT_PORT);
  const next = !last ? port : last.ports?.[0] === alternative ? port : alternative;
  const limit = newInstances || last?.instances || app.instances;
  return {
    ...app,
    id: `/${app.id}-${colour}`,
    instances: last ? Math.min(firstStep, limit) : app.instances,
    ports: [next],
    labels: {
      ...app.labels,
      HAPROXY_APP_ID: app.id,
      HAPROXY_0_PORT: String(port),
      HAPROXY_DEPLOYMENT_COLOUR: colour,
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: String(newInstances),
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: String(last ? last.instances : app.instances),
      HAPROXY_DEPLOYMENT_STARTED_AT: startedAt,
    },
  };
}
