import { columnsOf, padded, type Style } from "../style.ts";
import { count, escapeUnprintable } from "../text.ts";
import { type Action, type DeployPlan, type Memory, stepCounts, targetOf } from "./next.ts";
import {
  type LoadBalancer,
  type Observation,
  serverOf,
  type Side,
  type Standing,
  standingOf,
} from "./observation.ts";
import { actionText } from "./text.ts";

/** What a deployment looked at last. */
export interface DeploymentView {
  readonly seen: Observation;
  readonly memory: Memory;
}

/** An action as a line of the progress. Its words say all of it, the style shows what ends well and what does not. */
export function styledAction(action: Action, use: Style): string {
  const how = {
    done: use.ok,
    rolledBack: use.warning,
    refuse: use.failure,
    fail: use.failure,
    wait: (text: string) => text,
    create: use.emphasis,
    scale: use.emphasis,
    prefer: use.emphasis,
    kill: use.emphasis,
    remove: use.emphasis,
  }[action.kind];
  return how(safe(actionText(action)));
}

/**
 * Where a deployment is, for a block that is redrawn: the step and the instances of both sides. A line for each load
 * balancer follows, with the servers of each side and the requests that still have to end.
 */
export function situationLines({ seen, memory }: DeploymentView, plan: DeployPlan, use: Style): string[] {
  const fresh = seen.sides.find(({ id }) => id === memory.fresh);
  const old = seen.sides.find(({ id }) => id === memory.old);
  const sides = [
    ...fresh ? [{ role: "new", side: fresh }] : [],
    ...old ? [{ role: "old", side: old }] : [],
  ];
  const head = [
    use.emphasis(fresh ? stepText(fresh, plan, memory) : "step 1"),
    ...sides.map(({ role, side }) => `${role} ${safe(side.id)}: ${sideText(side)}`),
  ];
  const rows = seen.loadBalancers.map((balancer) => [
    safe(balancer.name.replace(/^https?:\/\//, "")),
    ...balancer.problem === undefined
      ? [
        ...sides.map(({ role, side }) => `${role} ${serversText(side, balancer, use)}`),
        ...balancer.oldWorkers > 0 ? [use.warning(count(balancer.oldWorkers, "old worker"))] : [],
      ]
      : [use.failure(`does not answer: ${safe(balancer.problem)}`)],
  ]);
  return table([head, ...rows]);
}

function stepText(fresh: Side, { steps, intent }: DeployPlan, { rollback }: Memory): string {
  if (rollback !== undefined) return "rollback";
  const target = targetOf(fresh);
  const counts = intent === "complete" ? [target] : stepCounts(steps, target);
  const index = counts.findIndex((each) => each >= fresh.instances);
  return `step ${index < 0 ? counts.length : index + 1} of ${counts.length}`;
}

function sideText(side: Side): string {
  const healthy = side.tasks.filter((task) => task.healthy).length;
  return `${healthy} of ${side.instances} healthy`;
}

/** The order in which they are shown, each with its style. */
const standings: readonly (readonly [Standing, keyof Style])[] = [
  ["serving", "ok"],
  ["draining", "warning"],
  ["down", "failure"],
  ["absent", "quiet"],
];

/** How many servers of a side stand how, and the requests of those that drain. */
function serversText({ tasks }: Side, balancer: LoadBalancer, use: Style): string {
  const parts = standings.flatMap(([standing, how]) => {
    const those = tasks.filter((task) => standingOf(task, balancer) === standing);
    if (those.length === 0) return [];
    const busy = those.reduce((sum, task) => sum + (serverOf(task, balancer.servers)?.busy ?? 0), 0);
    const ending = standing === "draining" && busy > 0 ? ` with ${count(busy, "request")}` : "";
    return [use[how](`${those.length} ${standing}${ending}`)];
  });
  return parts.join(", ") || "none";
}

/** Rows with their cells below each other. */
function table(rows: readonly (readonly string[])[]): string[] {
  const cells = Math.max(...rows.map((row) => row.length));
  const widths = Array.from(
    { length: cells },
    (_, index) => Math.max(...rows.map((row) => row.length > index + 1 ? columnsOf(row[index]!) : 0)),
  );
  return rows.map((row) => row.map((cell, index) => padded(cell, widths[index]!)).join("   ").trimEnd());
}

function safe(text: string): string {
  return escapeUnprintable(text).replaceAll("\t", " ");
}
