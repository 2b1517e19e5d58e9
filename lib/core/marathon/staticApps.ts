import { type Problem, problemOf } from "../problem.ts";
import type { App } from "./app.ts";
import type { Cluster } from "./cluster.ts";

/** The content of a file of `--static-apps`. */
export interface StaticFile {
  readonly path: string;
  /** Its last good apps. */
  readonly cluster: Cluster;
}

/** The apps of all files of `--static-apps`. */
export interface StaticApps extends Cluster {
  /** The file of each id. */
  readonly files: ReadonlyMap<string, string>;
}

/** Combines files. Of several apps with one id, that of the first file counts, and a problem names the others. */
export function joinStaticFiles(files: readonly StaticFile[]): StaticApps {
  const apps = new Map<string, App>();
  const problems = new Map<string, Problem>();
  const from = new Map<string, string>();
  for (const { path, cluster } of files) {
    for (const id of new Set([...cluster.apps.keys(), ...cluster.problems.keys()])) {
      const first = from.get(id);
      if (first !== undefined) {
        const message = `${id} is in ${first} and in ${path} (--static-apps); the app of ${first} counts, ` +
          "the other one is left out";
        if (!problems.has(id)) problems.set(id, problemOf("two-of-one-id", { app: id }, message));
        continue;
      }
      from.set(id, path);
      const [app, problem] = [cluster.apps.get(id), cluster.problems.get(id)];
      if (app) apps.set(id, app);
      if (problem) problems.set(id, problem);
    }
  }
  return { apps, problems, files: from };
}

/** Marathon's apps and those of files. */
export interface JoinedApps {
  readonly cluster: Cluster;
  /** Ids of its apps that are of files. */
  readonly ofFiles: ReadonlySet<string>;
}

/**
 * Marathon's apps, in its order, followed by those of files. If both have an app of one id, the one that was there
 * before counts, else Marathon's. A problem of the kind `static-id-taken` names the other one.
 *
 * @param before ids of the apps of files that counted before
 */
export function joinApps(
  marathon: Cluster,
  { apps: own, problems: ownProblems, files }: StaticApps,
  before: ReadonlySet<string>,
): JoinedApps {
  const apps = new Map(marathon.apps);
  const problems = new Map(marathon.problems);
  const ofFiles = new Set<string>();
  for (const [id, path] of files) {
    const app = own.get(id);
    const rival = marathon.apps.has(id) || marathon.problems.has(id);
    if (rival && !(app && before.has(id))) {
      // The problem of Marathon's invalid app is more useful than one that there are two.
      if (marathon.apps.has(id)) problems.set(id, taken(id, path, "Marathon's app"));
      continue;
    }
    if (app) {
      apps.set(id, app);
      ofFiles.add(id);
    }
    const problem = rival ? taken(id, path, `the app of ${path}`) : ownProblems.get(id);
    if (problem) problems.set(id, problem);
  }
  return { cluster: { apps, problems }, ofFiles };
}

function taken(id: string, path: string, winner: string): Problem {
  const message =
    `${id} is in Marathon and in ${path} (--static-apps); ${winner} is served, the other one is left out`;
  return problemOf("static-id-taken", { app: id }, message);
}

/** The ids under which apps are served: their own, and those of their deployment groups. */
export function servedIds(ids: Iterable<string>, { apps }: Cluster): Set<string> {
  const found = new Set<string>();
  for (const id of ids) {
    found.add(id);
    const group = apps.get(id)?.labels.HAPROXY_DEPLOYMENT_GROUP?.trim();
    if (group) found.add(group.startsWith("/") ? group : `/${group}`);
  }
  return found;
}
