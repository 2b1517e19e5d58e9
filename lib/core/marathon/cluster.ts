import { isObject } from "../json.ts";
import { type Problem, problemOf } from "../problem.ts";
import { quoted } from "../text.ts";
import { type App, oversized, readAppValue } from "./app.ts";

/** All apps of a Marathon, as they were last known. */
export interface Cluster {
  /** In Marathon's order; new ones that were read one by one stand at the end. */
  readonly apps: ReadonlyMap<string, App>;
  /** Invalid apps, by id, or by another name if they have none. */
  readonly problems: ReadonlyMap<string, Problem>;
}

/** Which Marathon gave an answer. */
export interface Speaker {
  /** The one that was asked. */
  readonly url: string;
  /** The leader that the answer names, if it does. */
  readonly leader?: string;
}

/** The source of a listing. It shows whether two of them are of one Marathon, without an interruption between. */
export interface Origin {
  /** The source of the last list of all apps. */
  readonly speaker?: Speaker;
  /** How many requests to Marathon have failed so far. */
  readonly failures: number;
  /** How many times the event stream has begun or ended so far. */
  readonly connections: number;
}

/** A cluster, and its differences from the one before. */
export interface ClusterReading {
  readonly cluster: Cluster;
  readonly changes: readonly AppChange[];
  /** The one before. */
  readonly from: Cluster;
  /** Whether only some apps were asked for. */
  readonly partial: boolean;
  /** Undefined where that is not known. */
  readonly origin?: Origin;
  /** Ids of served apps that are not Marathon's (`--static-apps`), also of those served so until lately. */
  readonly outside?: ReadonlySet<string>;
  /**
   * Why Marathon gave no answer, so that its apps are those of its last one. Undefined if it answered, or was not
   * asked.
   */
  readonly failure?: Error;
}

export const emptyCluster: Cluster = { apps: new Map(), problems: new Map() };

/** An app that differs from before; a new one lacks `before`, a removed one lacks `after`. */
export interface AppChange {
  readonly before?: App;
  readonly after?: App;
}

/** The differences between two listings of a cluster in which unchanged apps are the same objects. */
export function compareClusters(before: Cluster, after: Cluster): AppChange[] {
  const changes: AppChange[] = [];
  for (const [id, app] of after.apps) {
    const earlier = before.apps.get(id);
    if (earlier !== app) changes.push({ before: earlier, after: app });
  }
  for (const [id, app] of before.apps) if (!after.apps.has(id)) changes.push({ before: app });
  return changes;
}

/** Marathon's answer about one app: what it is, why it is invalid, or that it is gone. */
export type AppReading = { readonly app: App } | { readonly problem: Problem } | { readonly gone: true };

/** The cluster after Marathon answered for some of its apps, by their ids. */
export function updateCluster(before: Cluster, readings: ReadonlyMap<string, AppReading>): ClusterReading {
  if (![...readings].some(([id, reading]) => isNews(id, reading, before))) {
    return { cluster: before, changes: [], from: before, partial: true };
  }
  const apps = new Map(before.apps);
  const problems = new Map(before.problems);
  const changes: AppChange[] = [];
  for (const [id, reading] of readings) {
    const earlier = apps.get(id);
    const app = "app" in reading ? reading.app : undefined;
    problems.delete(id);
    if ("problem" in reading) problems.set(id, reading.problem);
    if (app === earlier) continue;
    changes.push({ before: earlier, after: app });
    if (app) apps.set(id, app);
    else apps.delete(id);
  }
  return { cluster: { apps, problems }, changes, from: before, partial: true };
}

function isNews(id: string, reading: AppReading, { apps, problems }: Cluster): boolean {
  if ("problem" in reading) return apps.has(id) || problems.get(id)?.message !== reading.problem.message;
  // The same object means no change.
  return problems.has(id) || apps.get(id) !== ("app" in reading ? reading.app : undefined);
}

/** How many positions a message names. */
const mostNamed = 10;

/**
 * The apps of an answer, added in its order. An invalid app becomes a problem and is left out, which does not affect
 * the others. Of several with one id, the first valid one is served, and a problem names the others.
 */
export class AppList {
  readonly #known: ReadonlyMap<string, App>;
  readonly #source: string | undefined;
  readonly #apps = new Map<string, App>();
  readonly #problems = new Map<string, Problem>();
  /** The place of each id in the answer, counted from 1; of a repeated id all places. */
  readonly #places = new Map<string, number | number[]>();
  #count = 0;

  /**
   * @param known apps as they were before; equal ones stay the same objects
   * @param source what lists the apps, for messages; Marathon's answer by default
   */
  constructor(known: ReadonlyMap<string, App> = new Map(), source?: string) {
    this.#known = known;
    this.#source = source;
  }

  /** How many apps were added, also invalid ones. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds what is read from a value.
   *
   * @param read what reads it, for what is no app
   * @returns the app, if it is the one that is served of its id
   */
  add(value: unknown, read?: (value: unknown) => App): App | undefined {
    const reading = readAppValue(value, this.#known, this.#nextName(), read);
    if ("app" in reading) return this.#addApp(reading.app);
    this.#leaveOut(reading.problem);
  }

  /** Adds an app that is as before. */
  addKnown(app: App): void {
    this.#count++;
    this.#addApp(app);
  }

  #addApp(app: App): App | undefined {
    this.#place(app.id);
    const served = this.#apps.get(app.id);
    if (!served) this.#apps.set(app.id, app);
    return served && served !== app ? undefined : app;
  }

  /** Adds an app that is too large to be read. @param id undefined where it could not be found */
  addOversized(id: string | undefined): void {
    const nameless = this.#nextName();
    this.#leaveOut(oversized(id ?? nameless));
  }

  cluster(): Cluster {
    for (const [id, places] of this.#places) {
      if (typeof places !== "number" && this.#apps.has(id)) {
        this.#problems.set(id, repeated(id, places, this.#source));
      }
    }
    return { apps: this.#apps, problems: this.#problems };
  }

  #nextName(): string {
    return `app number ${++this.#count} of ${this.#source ?? "the answer"}`;
  }

  #leaveOut(problem: Problem): void {
    this.#place(problem.app);
    this.#problems.set(problem.app, problem);
  }

  #place(id: string): void {
    const before = this.#places.get(id);
    if (before === undefined) this.#places.set(id, this.#count);
    else if (typeof before === "number") this.#places.set(id, [before, this.#count]);
    else before.push(this.#count);
  }
}

function repeated(id: string, places: readonly number[], source = "Marathon's answer"): Problem {
  const named = places.slice(0, mostNamed).join(", ") + (places.length > mostNamed ? ", …" : "");
  const message = `${id} is in ${source} ${places.length} times, as apps number ${named}; ` +
    "the first that fits is served, what else has this id is left out";
  return problemOf("two-of-one-id", { app: id }, message);
}

/**
 * The trust boundary: checks the answer of `GET /v2/apps?embed=apps.tasks`, as {@link AppList} says.
 *
 * @throws {TypeError} when the answer as a whole is not a list of apps. To apply it would remove every app.
 */
export function readApps(answer: unknown, list = new AppList()): { apps: App[]; problems: Problem[] } {
  if (!isObject(answer) || !Array.isArray(answer.apps)) {
    throw new TypeError(`Marathon's answer is ${quoted(answer)}; expected {"apps": […]}`);
  }
  for (const value of answer.apps) list.add(value);
  const { apps, problems } = list.cluster();
  return { apps: [...apps.values()], problems: [...problems.values()] };
}
