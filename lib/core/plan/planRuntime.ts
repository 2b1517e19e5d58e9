import type { Configuration } from "../render/Configuration.ts";
import type { RuntimePlan } from "./Plan.ts";
import { pairDifferences } from "./pairDifferences.ts";
import { planMaps } from "./planMaps.ts";
import { planServers } from "./planServers.ts";
import type { RuntimeFacts } from "./RuntimeFacts.ts";
import type { ServerChange } from "./ServerChange.ts";
import type { ServerLine } from "./ServerLine.ts";

/** Of removed servers at least so many may wait in HAProxy, and up to a tenth of those in service. */
const mayWait = 100;

/**
 * The commands that bring a running HAProxy to another configuration, or why there are none that do.
 *
 * @param differing their pieces that differ, where they are known already
 */
export function planRuntime(
  running: Configuration,
  next: Configuration,
  facts: RuntimeFacts,
  differing = pairDifferences(running, next),
): Omit<RuntimePlan, "reasons"> | { readonly why: string } {
  if (!differing) return { why: "sections or rules came or went" };
  const head = running.chunks[0]?.text ?? "";
  const changes: ServerChange[] = [];
  const backends = new Map<string, readonly ServerLine[]>();
  for (const [before, after] of differing) {
    if (!before.backend || !after.backend) return { why: "more than servers changed" };
    const plan = planServers(before.text, after.text, head, facts);
    if ("why" in plan) return plan;
    if (after.service?.inDeploymentGroup && plan.changes.some(({ kind }) => kind === "remove")) {
      // zdd.py goes on when there are as many servers as tasks.
      return {
        why: `removed servers would stay in the statistics of the deployment in backend ${plan.backend}`,
      };
    }
    changes.push(...plan.changes);
    backends.set(plan.backend, plan.servers);
  }
  const maps = planMaps(running.maps, next.maps);
  if (!maps) return { why: "a key stands twice in a map" };
  const waiting = facts.leftovers.size + changes.filter(({ kind }) => kind === "remove").length;
  if (waiting > mayWait && waiting > countServers(next) / 10) {
    return { why: `${waiting} removed servers wait in HAProxy, a reload forgets them` };
  }
  return { kind: "runtime", changes, maps, backends };
}

function countServers({ chunks }: Configuration): number {
  return chunks.reduce(
    (sum, { backend, service }) => sum + (backend && service ? service.backends.length : 0),
    0,
  );
}
