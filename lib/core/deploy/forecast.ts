import { objectOf } from "../json.ts";
import type { Definition } from "./definition.ts";
import { type Action, type DeployPlan, type Memory, next, nothingYet } from "./next.ts";
import type { LoadBalancer, Observation, Side, SideTask } from "./observation.ts";

/** More looks than any deployment takes: each action is one, and steps are a hundred at most. */
const mostLooks = 2_000;

/**
 * What a deployment would do where all goes well: the same decisions, in a world whose tasks start at once and are drained at
 * once. The last action is its end.
 *
 * @param now milliseconds since 1970
 */
export function forecast(seen: Observation, plan: DeployPlan, now: number): Action[] {
  const actions: Action[] = [];
  let memory: Memory = nothingYet;
  let world = idealise(seen, plan.definition);
  for (let look = 0; look < mostLooks; look++) {
    const decision = next(world, plan, memory, now);
    const { action } = decision;
    memory = decision.memory;
    actions.push(action);
    if (["done", "rolledBack", "refuse", "fail"].includes(action.kind)) return actions;
    world = idealise(after(world, action, plan, look), plan.definition);
  }
  return actions;
}

function after(world: Observation, action: Action, { watch }: DeployPlan, look: number): Observation {
  const scaled = (id: string, instances: (side: Side) => number): Observation => ({
    ...world,
    sides: world.sides.map((side) =>
      side.id === id ? { ...side, instances: instances(side), scaledAt: latest(world.sides) + 1 } : side
    ),
  });
  switch (action.kind) {
    case "create": {
      const { id, instances, labels } = action.app;
      const time = latest(world.sides) + look + 1;
      const side: Side = {
        id,
        instances: Number(instances),
        labels: objectOf(labels) as Side["labels"],
        startedAt: time,
        scaledAt: time,
        deploying: false,
        servicePort: undefined,
        tasks: [],
      };
      return { ...world, sides: [side, ...world.sides] };
    }
    case "scale":
      return scaled(action.app, () => action.to);
    case "prefer":
      return scaled(action.app, () => action.instances);
    case "kill":
      return scaled(action.app, ({ instances }) => instances - action.tasks.length);
    case "remove":
      return { ...world, sides: world.sides.filter(({ id }) => id !== action.app) };
    default:
      // The only thing that takes time there.
      return { ...world, at: world.at + watch };
  }
}

function latest(sides: readonly Side[]): number {
  return Math.max(
    0,
    ...sides.map(({ scaledAt, startedAt }) => Math.max(scaledAt, startedAt)).filter(Number.isFinite),
  );
}

/** The same with every task healthy, and drained as the load balancer does it (`mergePair`). */
function idealise(seen: Observation, { group }: Definition): Observation {
  const sides = seen.sides.map((side): Side => ({
    ...side,
    deploying: false,
    tasks: Array.from({ length: side.instances }, (_, index): SideTask => ({
      id: `${side.id}.${index + 1}`,
      healthy: true,
      host: `${group}.${side.id.slice(1)}`,
      port: index + 1,
    })),
  }));
  const [fresh, old] = sides;
  const draining = new Set<SideTask>();
  if (fresh && old) {
    const [newer, older] = old.scaledAt > fresh.scaledAt ? [old, fresh] : [fresh, old];
    const target = Number(newer.labels.HAPROXY_DEPLOYMENT_TARGET_INSTANCES);
    const spare = Math.max(0, newer.instances + older.instances - target);
    for (const task of older.tasks.slice(0, Math.min(newer.instances, spare))) draining.add(task);
  }
  const balancer: LoadBalancer = {
    name: "the load balancer",
    oldWorkers: 0,
    servers: sides.flatMap(({ tasks }) => tasks).map((task) => ({
      name: `${task.host.replace(/[^a-zA-Z0-9-]/g, "_")}_${task.port}`,
      status: draining.has(task) ? "MAINT" : "UP",
      busy: 0,
      requests: 0,
      errors: 0,
    })),
  };
  return { ...seen, sides, loadBalancers: [balancer] };
}
