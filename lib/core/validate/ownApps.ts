import { type AppVerdict, verdicts } from "../explain/verdict.ts";
import type { World } from "../explain/world.ts";
import { type JsonObject, textOf } from "../json.ts";
import { type App, appBytes, oversized, readAppValue } from "../marathon/app.ts";
import type { Cluster } from "../marathon/cluster.ts";
import { readPodValue } from "../marathon/pods.ts";
import { servicePorts } from "../model/ports.ts";
import type { Problem } from "../problem.ts";
import { compareText, splitList } from "../text.ts";
import { asIfRunning, FreePorts, withTask } from "./asIfRunning.ts";
import { type GroupDefinition, readDefinitions, readGroupDefinitions } from "./definitions.ts";
import type { FiledDefinition, Finding } from "./findings.ts";
import { JsonTextError } from "./jsonText.ts";

/** What a file defines. */
export interface FileContent {
  readonly definitions: readonly FiledDefinition[];
  readonly groups: readonly FiledGroup[];
}

/** The definition of a group, and its file. */
export interface FiledGroup {
  readonly file: string;
  readonly group: GroupDefinition;
}

/** The definitions in a file, or why there are none. @param pods `--pods` */
export function readFiledDefinitions(
  file: string,
  text: string,
  pods = false,
): FileContent | { readonly finding: Finding } {
  try {
    return {
      definitions: readDefinitions(text, pods).map((definition) => ({ file, definition })),
      groups: readGroupDefinitions(text).map((group) => ({ file, group })),
    };
  } catch (error) {
    const severity = "error";
    if (error instanceof JsonTextError) {
      const message = `it is not JSON: ${error.message}`;
      const hint = "Correct the text at this place.";
      return { finding: { file, ...error.place, code: "not-json", severity, message, hint } };
    }
    if (!(error instanceof TypeError)) throw error;
    const hint = "Give the JSON of an app, a list of apps, a group, or an answer of /v2/apps.";
    return { finding: { file, code: "no-apps", severity, message: error.message, hint } };
  }
}

/** The apps of files. */
export interface OwnApps {
  readonly apps: ReadonlyMap<string, App>;
  readonly problems: ReadonlyMap<string, Problem>;
  /** The definition that counts, by the id, or by another name of an app without one. */
  readonly first: ReadonlyMap<string, FiledDefinition & { readonly id: string }>;
  /** Apps that are defined twice. */
  readonly findings: readonly Finding[];
}

/** The apps of definitions; of several with one id the first counts. */
export function readOwnApps(definitions: readonly FiledDefinition[]): OwnApps {
  const findings: Finding[] = [];
  const apps = new Map<string, App>();
  const problems = new Map<string, Problem>();
  const first = new Map<string, FiledDefinition & { readonly id: string }>();
  const count = new Map<string, number>();
  for (const filed of definitions) {
    const { file, definition } = filed;
    const number = (count.get(file) ?? 0) + 1;
    count.set(file, number);
    const nameless = `app number ${number} of ${file}`;
    const { value, isPod } = definition;
    const reading = isTooLarge(value)
      ? { problem: oversized(textOf(value.id) ?? nameless) }
      : isPod
      ? readPodValue({ id: value.id, spec: value }, new Map(), nameless)
      : readAppValue(value, new Map(), nameless);
    const id = "app" in reading ? reading.app.id : reading.problem.app;
    const earlier = first.get(id);
    if (earlier) {
      const { line } = earlier.definition.place();
      findings.push({
        file,
        ...definition.place({ member: "id" }),
        app: id,
        code: "two-of-one-id",
        severity: "error",
        message: `${id} is defined before, in ${earlier.file}:${line}; only that is checked`,
        hint: "Remove one of the two.",
      });
      continue;
    }
    first.set(id, { ...filed, id });
    if ("app" in reading) apps.set(id, reading.app);
    else problems.set(id, reading.problem);
  }
  return { apps, problems, first, findings };
}

/** Whether a definition alone is larger than an app may be in Marathon's answer, where its tasks come on top. */
function isTooLarge(value: JsonObject): boolean {
  return new TextEncoder().encode(JSON.stringify(value)).length > appBytes;
}

/** The groups that apps name for themselves or their services. */
export function groupsOf(apps: readonly App[]): string[] {
  const groups = apps.flatMap(({ labels }) =>
    Object.entries(labels).filter(([name]) => /^HAPROXY_(?:\d+_)?GROUP$/.test(name))
      .flatMap(([, text]) => splitList(text))
  );
  return [...new Set(groups)].sort(compareText);
}

/**
 * The apps of a cluster that Marathon removes when it gets the groups of files by `PUT /v2/groups`. That replaces the apps and
 * the groups of a group by those that the file names. Where it names none, they stay, and so do pods.
 */
export function removedByGroups(
  current: Cluster,
  { first }: Pick<OwnApps, "first">,
  groups: readonly FiledGroup[],
): Finding[] {
  return [...current.apps.values()].flatMap(({ id, endpoints }): Finding[] => {
    if (first.has(id) || endpoints) return [];
    const by = groups.find(({ group }) => removes(group, id));
    if (!by) return [];
    const { file, group } = by;
    const message =
      `${id} is in Marathon and not in the group ${group.id} of the file, so a PUT of the group removes it`;
    const hint = "Add it to the group, unless it is to be removed.";
    return [{ file, ...group.place(), app: id, code: "removed-by-group", severity: "note", message, hint }];
  });
}

function removes({ id, apps, groups }: GroupDefinition, app: string): boolean {
  const prefix = id === "/" ? "/" : `${id}/`;
  if (!app.startsWith(prefix)) return false;
  const [next = "", ...deeper] = app.slice(prefix.length).split("/");
  const named = deeper.length === 0 ? apps : groups;
  return named !== undefined && !named.has(prefix + next);
}

/**
 * The cluster as it is, and as it would be with the apps of the files, as if all ran.
 *
 * @param removed the ids of apps that would be removed
 */
export function compareWith(current: Cluster, own: OwnApps, removed: readonly string[] = []) {
  const present = new Map([...current.apps].map(([id, app]) => [id, withTask(app)]));
  const taken = [...present.values(), ...own.apps.values()].flatMap((app) => servicePorts(app, undefined));
  const ports = new FreePorts(taken.filter((port) => port !== undefined));
  const assigned = new Set<number>();
  const apps = new Map(present);
  const problems = new Map(current.problems);
  for (const id of removed) apps.delete(id);
  for (const [id, problem] of own.problems) {
    apps.delete(id);
    problems.set(id, problem);
  }
  for (const [id, app] of own.apps) {
    const running = asIfRunning(app, current.apps.get(id), ports);
    for (const port of running.assigned) assigned.add(port);
    problems.delete(id);
    apps.set(id, running.app);
  }
  return { before: { apps: present, problems: current.problems }, after: { apps, problems }, assigned };
}

/** Whether a service belongs to an app of the files; both sides of a deployment have the id of their group. */
export function isOfFiles(id: string, { apps, first }: OwnApps): boolean {
  if (first.has(id)) return true;
  return [...apps.values()].some(({ labels }) => {
    const group = labels.HAPROXY_DEPLOYMENT_GROUP?.trim();
    return group !== undefined && (group === id || `/${group}` === id);
  });
}

/** The verdicts on the apps of the files. @param chosen whether the operator named the groups */
export function ownVerdicts(world: World, { first }: OwnApps, chosen: boolean): AppVerdict[] {
  const found = verdicts(world).filter(({ app }) => first.has(app));
  if (chosen) return found;
  // The message cannot name groups, as there is no load balancer.
  const reword = <Of extends AppVerdict["reasons"][number]>(reason: Of): Of => {
    if (reason.code !== "no-group") return reason;
    const said = "it has no group, and only a load balancer with --group '*' serves it";
    return { ...reason, message: `${reason.message.split(": it has")[0]}: ${said}` };
  };
  return found.map((verdict) => ({
    ...verdict,
    reasons: verdict.reasons.map(reword),
    services: verdict.services.map((service) => ({ ...service, reasons: service.reasons.map(reword) })),
  }));
}
