import { type App, isAppId } from "../marathon/app.ts";
import { AppList, type Cluster } from "../marathon/cluster.ts";
import { isObject, type JsonObject, listOf, textOf } from "../json.ts";
import { type JsonText, parseJsonText, type Place } from "./jsonText.ts";

/** An app as a file defines it. */
export interface Definition {
  /** The app's JSON, with an absolute id where it has one. */
  readonly value: JsonObject;
  /** Set for a pod. */
  readonly isPod?: true;
  /** The place of a label, of another member of the app, or of the app itself. */
  place(at?: { readonly label?: string; readonly member?: string }): Place;
}

/** A group as a file defines it. */
export interface GroupDefinition {
  readonly id: string;
  /** The ids of the apps right in it; undefined where the file does not name its apps. */
  readonly apps?: ReadonlySet<string>;
  /** The ids of the groups right in it; undefined where the file does not name its groups. */
  readonly groups?: ReadonlySet<string>;
  place(): Place;
}

/** The groups that a text of JSON defines, each with its id. @throws as `readDefinitions` */
export function readGroupDefinitions(text: string): GroupDefinition[] {
  return readText(text, false).groups;
}

/**
 * The apps that a text of JSON defines. It may be one app, a list, a group with its apps and groups, or an answer of
 * Marathon (`{"apps": […]}` of `/v2/apps`, `{"app": {…}}` of one app). Ids become absolute as in Marathon, from the ids
 * of the groups around them.
 *
 * @param pods whether pods count; else they are left out
 * @throws {JsonTextError} when the text is no JSON
 * @throws {TypeError} when it contains anything else: one sentence
 */
export function readDefinitions(text: string, pods = false): Definition[] {
  return readText(text, pods).found;
}

function readText(text: string, pods: boolean): Pick<Collection, "found" | "groups"> {
  const json = parseJsonText(text);
  const collection = { json, found: [], groups: [], what: "the text", pods };
  collect(json.value, "/", collection);
  return collection;
}

interface Collection {
  readonly json: JsonText;
  readonly found: Definition[];
  readonly groups: GroupDefinition[];
  /** The kind of the value, for messages. */
  readonly what: string;
  readonly pods: boolean;
}

const expected = "expected an app, a list of apps, a group, or the answer of /v2/apps";

function collect(value: unknown, base: string, collection: Collection): void {
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      if (element === null) continue;
      collect(element, base, { ...collection, what: `element ${index + 1} of the list` });
    }
    return;
  }
  if (!isObject(value)) throw new TypeError(`${collection.what} is ${describe(value)}; ${expected}`);
  if (isPod(value)) {
    if (collection.pods) add(value, base, collection);
    return;
  }
  const { app, apps, groups, pods } = value;
  if (value.id === undefined && isObject(app)) return collect(app, base, { ...collection, what: "its app" });
  if (!Array.isArray(apps) && !Array.isArray(groups)) return add(value, base, collection);
  const inner = absoluteId(textOf(value.id) ?? "", base);
  // Without an id it is a list, such as the answer of /v2/apps.
  if (value.id !== undefined) addGroup(value, inner, collection);
  for (const [index, element] of listOf(apps).entries()) {
    if (isObject(element)) add(element, inner, collection);
    else throw new TypeError(`app number ${index + 1} of ${inner} is ${describe(element)}; ${expected}`);
  }
  // Those of an answer of /v2/groups stand beside its apps.
  for (const element of collection.pods ? listOf(pods) : []) {
    if (isObject(element)) add(element, inner, collection);
  }
  for (const [index, element] of listOf(groups).entries()) {
    collect(element, inner, { ...collection, what: `group number ${index + 1} of ${inner}` });
  }
}

function add(value: JsonObject, base: string, { json, found }: Collection): void {
  const absolute = absoluteId(textOf(value.id) ?? "", base);
  const labels = isObject(value.labels) ? value.labels : undefined;
  const beginning = { line: 1, column: 1 };
  found.push({
    // An invalid id is reported as it is written.
    value: isAppId(absolute) ? { ...value, id: absolute } : value,
    ...isPod(value) ? { isPod: true } : {},
    place({ label, member } = {}) {
      return (label !== undefined && labels ? json.place(labels, label) : undefined) ??
        (member === undefined ? undefined : json.place(value, member)) ??
        json.place(value) ?? beginning;
    },
  });
}

function addGroup(value: JsonObject, id: string, { json, groups }: Collection): void {
  const idsOf = (list: unknown) =>
    Array.isArray(list)
      ? new Set(list.filter(isObject).map((one) => absoluteId(textOf(one.id) ?? "", id)))
      : undefined;
  groups.push({
    id,
    apps: idsOf(value.apps),
    groups: idsOf(value.groups),
    place: () => json.place(value, "id") ?? json.place(value) ?? { line: 1, column: 1 },
  });
}

/** A recorded answer of Marathon's, or anything else that `readDefinitions` reads, as a cluster. */
export interface Snapshot {
  readonly cluster: Cluster;
  /** Whether apps include their tasks; an answer without `embed=apps.tasks` has none. */
  readonly hasTasks: boolean;
}

/**
 * Reads a text as an answer of Marathon.
 *
 * @param known apps as they were before; equal ones stay the same objects
 * @param source the origin of the text, for messages; Marathon's answer by default
 * @throws as `readDefinitions`
 */
export function readSnapshot(text: string, known?: ReadonlyMap<string, App>, source?: string): Snapshot {
  const definitions = readDefinitions(text);
  const list = new AppList(known, source);
  for (const { value } of definitions) list.add(source === undefined ? value : withTaskIds(value));
  const hasTasks = definitions.length === 0 || definitions.some(({ value }) => Array.isArray(value.tasks));
  return { cluster: list.cluster(), hasTasks };
}

/** Tasks that are written by hand need no ids; the index serves as one. */
function withTaskIds(value: JsonObject): JsonObject {
  if (!Array.isArray(value.tasks)) return value;
  const tasks = value.tasks.map((task, index) =>
    isObject(task) && task.id === undefined ? { ...task, id: `static task ${index + 1}` } : task
  );
  return { ...value, tasks };
}

/** Pods have a list of containers; apps have one container, or none. */
function isPod({ containers }: JsonObject): boolean {
  return Array.isArray(containers);
}

function describe(value: unknown): string {
  return value === null ? "null" : `a ${typeof value}`;
}

/**
 * The absolute form of an id in a group, as Marathon makes it: `.` and `..` are relative, a slash at the end is
 * ignored.
 *
 * @param base id of the group; `/` where there is none
 */
export function absoluteId(id: string, base: string): string {
  const path = id.startsWith("/") ? id : `${base}/${id}`;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
