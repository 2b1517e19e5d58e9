import { type Definition, readDefinition } from "../../../../lib/core/deploy/definition.ts";
import type { DeployPlan } from "../../../../lib/core/deploy/next.ts";
import type { LoadBalancer, Server, Side } from "../../../../lib/core/deploy/observation.ts";

export const definition: Definition = readDefinition(
  JSON.stringify({
    id: "web",
    instances: 4,
    ports: [10001],
    labels: { HAPROXY_DEPLOYMENT_GROUP: "web", HAPROXY_DEPLOYMENT_ALT_PORT: "10002" },
  }),
  "web.json",
);
export const plan: DeployPlan = {
  definition,
  steps: [100],
  watch: 0,
  mostErrors: 1,
  patience: 60_000,
  intent: "deploy",
  nonce: 7,
};

/** One character for each task: `h` healthy, `u` not. */
export function side(
  colour: "blue" | "green",
  tasks: string,
  more: Partial<Side> & { hybrid?: number } = {},
): Side {
  const { hybrid = 0, labels, ...rest } = more;
  const [started, port] = colour === "blue" ? [1e15, 10001] : [2e15, 10002];
  return {
    id: `/web-${colour}`,
    instances: tasks.length,
    labels: {
      HAPROXY_0_PORT: "10001",
      HAPROXY_DEPLOYMENT_COLOUR: colour,
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: "4",
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: String(hybrid),
      ...labels,
    },
    startedAt: started,
    scaledAt: started,
    deploying: false,
    servicePort: port,
    tasks: [...tasks].map((mark, index) => ({
      id: `${colour}${index}`,
      healthy: mark === "h",
      host: colour,
      port: index,
    })),
    ...rest,
  };
}

/** One character for each server: `U` up, `M` in maintenance, `D` down, `.` not there; `B` in maintenance with a request. */
export function balancer(
  servers: { blue?: string; green?: string },
  more: Partial<LoadBalancer> = {},
): LoadBalancer {
  const statuses: Record<string, string> = { U: "UP", M: "MAINT", B: "MAINT", D: "DOWN" };
  return {
    name: "lb",
    oldWorkers: 0,
    servers: Object.entries(servers).flatMap(([colour, marks]) =>
      [...marks].flatMap((mark, index): Server[] => {
        const status = statuses[mark];
        const busy = mark === "B" ? 1 : 0;
        return status === undefined
          ? []
          : [{ name: `${colour}_${index}`, status, busy, requests: 0, errors: 0 }];
      })
    ),
    ...more,
  };
}
