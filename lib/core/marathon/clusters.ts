import { type Problem, problemOf } from "../problem.ts";
import type { App } from "./app.ts";
import type { Cluster } from "./cluster.ts";

const deploymentGroup = "HAPROXY_DEPLOYMENT_GROUP";

/** The id under which an app of a cluster is known: `/east:web` for `/web`. No id of Marathon's has a colon. */
export function qualifiedId(id: string, cluster: string): string {
  return `/${cluster}:${id.slice(1)}`;
}

/** The apps of one cluster as all clusters know them. An app that did not change stays the same object. */
export class ClusterView {
  readonly #apps = new WeakMap<App, App>();

  /** @param place its place on the command line, from 1 */
  constructor(readonly name: string, readonly place: number) {}

  of({ apps, problems }: Cluster): Cluster {
    const renamed = [...apps.values()].map((app) => this.#renamed(app));
    return {
      apps: new Map(renamed.map((app) => [app.id, app])),
      problems: new Map(
        [...problems].map(([id, problem]) => [qualifiedId(id, this.name), this.#told(problem)]),
      ),
    };
  }

  #renamed(app: App): App {
    let renamed = this.#apps.get(app);
    if (!renamed) {
      const labels: Record<string, string> = Object.assign(Object.create(null), app.labels);
      const group = labels[deploymentGroup]?.trim();
      // The two sides of a deployment are of one cluster.
      if (group) {
        labels[deploymentGroup] = qualifiedId(group.startsWith("/") ? group : `/${group}`, this.name);
      }
      renamed = { ...app, id: qualifiedId(app.id, this.name), labels, clusterPlace: this.place };
      this.#apps.set(app, renamed);
    }
    return renamed;
  }

  #told(problem: Problem): Problem {
    const { app, message } = problem;
    const id = qualifiedId(app, this.name);
    const text = message.startsWith(app) ? id + message.slice(app.length) : `${id}: ${message}`;
    return { ...problem, app: id, message: text };
  }
}

/** The apps of several clusters, that of `--marathon` first. Of two with one id the first counts. */
export function joinClusters(clusters: readonly Cluster[]): Cluster {
  const apps = new Map<string, App>();
  const problems = new Map<string, Problem>();
  for (const cluster of clusters) {
    for (const [id, app] of cluster.apps) {
      if (!apps.has(id)) apps.set(id, app);
      else {problems.set(
          id,
          problemOf("two-of-one-id", { app: id }, `${id} is in several clusters; the first one is served`),
        );}
    }
    for (const [id, problem] of cluster.problems) if (!problems.has(id)) problems.set(id, problem);
  }
  return { apps, problems };
}
