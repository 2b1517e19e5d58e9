import { isAppId } from "../marathon/isAppId.ts";
import type { App } from "../marathon/App.ts";
import type { Problem } from "../problem/Problem.ts";
import { quoted } from "../problem/quoted.ts";
import { mergePair } from "./mergePair.ts";
import { startedAt } from "./startedAt.ts";

const label = "HAPROXY_DEPLOYMENT_GROUP";

/**
 * Turns the apps of each blue/green deployment group into one app that carries the group's name. Apps without a
 * group come first, in their order, then the groups in the order of their first app: automatic service ports are
 * given out in this order.
 */
export function mergeDeploymentGroups(apps: readonly App[]): { apps: App[]; problems: Problem[] } {
  const single: App[] = [];
  const groups = new Map<string, App>();
  const problems: Problem[] = [];

  for (const app of apps) {
    const group = app.labels[label]?.trim();
    if (!group) {
      single.push(app);
      continue;
    }
    const id = group.startsWith("/") ? group : `/${group}`;
    const previous = groups.get(id);
    try {
      if (!isAppId(id)) {
        throw new RangeError(`${label} is ${quoted(group)}; expected a name such as "web" or "/group/web"`);
      }
      // Read even where there is nothing to compare it with yet: what is wrong shows before the other side starts.
      startedAt(app);
      groups.set(id, previous ? mergePair(previous, app) : app);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const atFault = previous && error.cause === previous ? previous : app;
      if (atFault === previous) groups.set(id, app);
      problems.push({
        severity: "excluded",
        app: atFault.id,
        message: `${atFault.id} is left out: ${error.message}`,
      });
    }
  }
  // Renamed last: messages are about the app as its owner knows it.
  return { apps: [...single, ...[...groups].map(([id, app]) => ({ ...app, id }))], problems };
}
