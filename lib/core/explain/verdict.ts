import type { App, Task } from "../marathon/app.ts";
import { buildAppServices, hasLabels, isSelfContained } from "../model/buildServices.ts";
import { backendName, isPortClosed, type Service } from "../model/service.ts";
import {
  endpointNotes,
  type JudgedTasks,
  judgeTasks,
  noServicePort,
  type Note,
  noteChoice,
  noteNoWayIn,
  noteOwnPort,
  noteTasks,
} from "../model/notes.ts";
import {
  hintOf,
  isExclusion,
  isPartly,
  type Problem,
  type ProblemCode,
  problemOf,
  serviceProblem,
} from "../problem.ts";
import { compareText } from "../text.ts";
import { type IndexedWorld, indexWorld, type World } from "./world.ts";

/** Whether something is served: completely, in part, or not at all. */
export type Standing = "served" | "partly" | "not-served";

/** Why something is not served, or only in part. */
export interface Reason {
  readonly code: ProblemCode;
  /** One sentence. */
  readonly message: string;
  /** What to do. */
  readonly hint: string;
  /** The service that it is about; absent where it is about the whole app. */
  readonly index?: number;
  /** Since when, in milliseconds since 1970, where that is known. */
  readonly since?: number;
}

/** What happens to one service. */
export interface ServiceVerdict {
  readonly index: number;
  /** The port at which it is exposed; absent if it has none, or an unreadable one. */
  readonly port?: number;
  /** Its port where that is closed, by `--service-ports` or `EXPOSE_PORT`. */
  readonly closedPort?: number;
  readonly standing: Standing;
  readonly reasons: readonly Reason[];
  /** The name of its backend; absent where it is not in the configuration. */
  readonly backend?: string;
  readonly vhosts: readonly string[];
  /** Servers in the configuration, without those that drain. */
  readonly up: number;
  /** Its groups, with commas between; absent where it has none. */
  readonly group?: string;
}

/** What happens to one app. */
export interface AppVerdict {
  readonly app: string;
  readonly standing: Standing;
  /** Those of the app as a whole, then those of its services. */
  readonly reasons: readonly Reason[];
  readonly services: readonly ServiceVerdict[];
  /** Whether the app carries a label of the program. Otherwise it is not meant to be served. */
  readonly labelled: boolean;
}

/** The verdicts on all apps, by id. A verdict other than "served" has a reason. */
export function verdicts(world: World): AppVerdict[] {
  const indexed = indexWorld(world);
  return allIds(indexed).map((id) => verdictOf(indexed, id)!);
}

/**
 * The ids of all apps to which there are answers, sorted: those in Marathon, and those that are served though Marathon
 * lacks them.
 *
 * @param before sorted ids: to be returned where all are the same
 */
export function allIds(
  { cluster, servicesOf, apps }: IndexedWorld,
  before: readonly string[] = [],
): readonly string[] {
  const ids = new Set([...cluster.apps.keys(), ...cluster.problems.keys()]);
  for (const id of servicesOf.keys()) if (!apps.has(id)) ids.add(id);
  if (before.length === ids.size && before.every((id) => ids.has(id))) return before;
  return [...ids].sort(compareText);
}

/** A verdict, and what it was made of. */
export interface Judged {
  readonly verdict: AppVerdict;
  /** As long as they are the same, so is the verdict; undefined where something else decides too. */
  readonly grounds: readonly unknown[] | undefined;
}

/**
 * The verdict on one app, as `verdictOf`. The one before is returned as it is where nothing that it was made of has changed,
 * which costs a tenth of a new one.
 *
 * @param before made from an earlier world with the same flags
 */
export function judgeApp(world: IndexedWorld, id: string, before: Judged | undefined): Judged | undefined {
  const grounds = groundsOf(world, id);
  const known = before?.grounds;
  if (known?.length === grounds.length && known.every((one, index) => one === grounds[index])) return before;
  const verdict = verdictOf(world, id);
  return verdict && { verdict, grounds: dependsOnOthers(verdict, id, world) ? undefined : grounds };
}

function groundsOf(world: IndexedWorld, id: string): unknown[] {
  const { apps, groupOf, problemsOf, servicesOf, cluster, since, held } = world;
  const modelId = apps.has(id) ? id : groupOf.get(id) ?? id;
  const known = apps.get(modelId);
  const services = servicesOf.get(modelId) ?? [];
  const grounds: unknown[] = [
    known?.app,
    cluster.apps.get(id),
    cluster.problems.has(id),
    held?.since,
    services.length,
  ];
  grounds.push(...services, ...known?.ports ?? []);
  for (const name of modelId === id ? [id] : [id, modelId]) {
    for (const { code, index, message, hint } of problemsOf.get(name) ?? []) {
      grounds.push(code, index, message, hint, since?.get(message));
    }
  }
  return grounds;
}

/** Whether the addresses and the health of tasks decide, which the app alone does not tell. */
function dependsOnOthers({ services, standing }: AppVerdict, id: string, world: IndexedWorld): boolean {
  if (standing !== "not-served" && services.every(({ backend }) => backend !== undefined)) return false;
  const app = world.cluster.apps.get(id);
  return app !== undefined && !isSelfContained(app, world.model);
}

/** The verdict on one app, or on a deployment group; undefined where there is none of this id. */
export function verdictOf(world: IndexedWorld, id: string): AppVerdict | undefined {
  const modelId = world.apps.has(id) ? id : world.groupOf.get(id) ?? id;
  const known = world.apps.get(modelId);
  const served = world.servicesOf.get(modelId) ?? [];
  const problems = [
    ...world.problemsOf.get(id) ?? [],
    ...modelId === id ? [] : world.problemsOf.get(modelId) ?? [],
  ];
  const isThere = world.cluster.apps.has(id) || world.cluster.problems.has(id) || known !== undefined;
  if (!isThere && served.length === 0) return undefined;
  // One side of a deployment that cannot be read is not served, whatever the other side is.
  const isLeftOut = problems.some((one) =>
    one.app === id && one.index === undefined && isExclusion(one) && one.code !== "two-of-one-id" &&
    one.code !== "static-id-taken"
  );
  const about = (own: readonly Problem[]) => own.map((problem) => reasonOf(problem, world));
  const whole = problems.filter(({ index }) => index === undefined);
  if (isLeftOut || !known) {
    const held = isThere ? [] : [heldBack(id, world)];
    const services = isLeftOut ? [] : served.map((service) => servedVerdict(service, about(held)));
    const reasons = about([...whole, ...held]);
    const standing = services.length > 0 ? "partly" : "not-served";
    return { app: id, standing, reasons, services, labelled: isLabelled(id, world) };
  }
  const { app, ports } = known;
  const labelled = hasLabels(app);
  if (app.id.slice(1) === world.model.frameworkName) {
    const own = problemOf("own-app", { app: id }, `${id}: this load balancer does not serve itself`);
    return { app: id, standing: "not-served", reasons: about([own]), services: [], labelled };
  }
  const looked = ports.length > 0 && served.length < ports.length ? lookAt(known, world) : undefined;
  const services = ports.map((port, index): ServiceVerdict => {
    const own = problems.filter((one) => one.index === index);
    const service = served.find((one) => one.index === index);
    if (service) {
      const notes: Problem[] = [];
      const note: Note = (code, said) => notes.push(serviceProblem(code, { app: app.id, index }, said));
      noteOwnPort(
        service,
        world.model,
        note,
      );
      noteNoWayIn(service, served, world.model, note);
      return servedVerdict(service, [...about([...own, ...notes]), ...lastGood(service, own, world)]);
    }
    return missingVerdict({ app, index, port, own, looked: looked! }, world);
  });
  if (ports.length === 0) {
    whole.push(noServicePort(id));
  }
  const reasons = [...about(whole), ...services.flatMap((service) => service.reasons)];
  return { app: id, standing: standingOf(services, about(whole)), reasons, services, labelled };
}

/** An app that cannot be read may have labels. */
function isLabelled(id: string, { cluster, apps }: IndexedWorld): boolean {
  const app = cluster.apps.get(id) ?? apps.get(id)?.app;
  return app === undefined || hasLabels(app);
}

function standingOf(services: readonly ServiceVerdict[], whole: readonly Reason[]): Standing {
  if (services.every(({ standing }) => standing === "not-served")) return "not-served";
  // An endpoint of a pod without a label is not meant to be served.
  const meant = services.filter(({ reasons }) =>
    reasons.every(({ code }) => code !== "endpoint-not-exposed")
  );
  const isWhole = meant.every(({ standing }) => standing === "served") && !whole.some(isPartly);
  return isWhole ? "served" : "partly";
}

function servedVerdict(service: Service, reasons: readonly Reason[]): ServiceVerdict {
  const { index, port, portless, backends, labels } = service;
  return {
    index,
    ...portless ? {} : isPortClosed(service) ? { closedPort: port } : { port },
    standing: reasons.some(({ code }) => code === "no-way-in")
      ? "not-served"
      : reasons.some(isPartly)
      ? "partly"
      : "served",
    reasons,
    backend: backendName(service),
    vhosts: labels.VHOST ?? [],
    up: backends.filter(({ draining }) => !draining).length,
    ...groupsOf(service),
  };
}

/** What happens to an app that has no server for some of its services, as if one task ran. */
interface Look {
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  readonly tasks: JudgedTasks;
}

function lookAt({ app, ports }: { app: App; ports: readonly (number | undefined)[] }, world: World): Look {
  const task: Task = { id: "a task", host: "192.0.2.1", ports: [], draining: false };
  const pretended = { task, host: "192.0.2.1", ip: "192.0.2.1", ports: ports.map(() => 1) };
  const { services, problems } = buildAppServices(app, ports, [pretended], world.model);
  return { services, problems, tasks: judgeTasks(app, world.model) };
}

/** A service that is not in the configuration. */
function missingVerdict(
  { app, index, port, own, looked }: {
    app: App;
    index: number;
    port: number | undefined;
    own: readonly Problem[];
    looked: Look;
  },
  world: IndexedWorld,
): ServiceVerdict {
  const service = looked.services.find((one) => one.index === index);
  const notes: Problem[] = [];
  const note = (code: ProblemCode, said: string) =>
    notes.push(serviceProblem(code, { app: app.id, index }, said));
  if (service) noteChoice(service, world.model, note);
  const isWithout = own.some(({ code }) => code === "endpoint-without-port");
  const unmeant = isWithout ? [] : endpointNotes(app, index);
  notes.push(...unmeant);
  if (!isWithout && unmeant.length === 0) noteTasks(looked.tasks, { app, index }, note);
  const pretended = looked.problems.filter((one) =>
    one.index === index && isExclusion(one) && !own.some(({ message }) => message === one.message)
  );
  const problems = [...own, ...pretended, ...notes];
  const isExplained = problems.some((one) =>
    one.severity !== "warning" || one.code === "port-range-full" || one.code === "waits-for-haproxy" ||
    one.code === "server-loops"
  );
  if (!isExplained) problems.push(world.held ? heldBack(app.id, world, index) : notApplied(app.id, index));
  return {
    index,
    ...service && isPortClosed(service)
      ? { closedPort: service.port }
      : service && !service.portless
      ? { port: service.port }
      : port === undefined
      ? {}
      : { port },
    standing: "not-served",
    reasons: problems.map((problem) => reasonOf(problem, world)),
    vhosts: service?.labels.VHOST ?? [],
    up: 0,
    ...service ? groupsOf(service) : {},
  };
}

/** The reason that tells when an earlier definition of a service is served instead of the current one. */
function lastGood({ appId: app, index }: Service, problems: readonly Problem[], world: World): Reason[] {
  const refusal = problems.find(({ code }) => code === "haproxy-refuses" || code === "waits-for-haproxy");
  if (!refusal) return [];
  const said = ": its last good sections are served, with the tasks of today";
  const { since } = reasonOf(refusal, world);
  const reason = reasonOf(serviceProblem("last-good-served", { app, index }, said), world);
  return [since === undefined ? reason : { ...reason, since }];
}

function heldBack(app: string, { held }: World, index?: number): Problem {
  const said = held
    ? "the mass-removal guard holds Marathon's answer back, which removes nearly everything"
    : "Marathon no longer lists it, and the configuration in service still has it";
  if (index !== undefined) return serviceProblem("held-back", { app, index }, `: ${said}`);
  return problemOf(held ? "held-back" : "not-applied", { app }, `${app}: ${said}`);
}

function notApplied(app: string, index: number): Problem {
  return serviceProblem("not-applied", { app, index }, ": the configuration in service does not have it yet");
}

function groupsOf({ groups }: Service): { group?: string } {
  return groups.length > 0 ? { group: groups.join(",") } : {};
}

/** A problem as a reason. */
export function reasonOf(problem: Problem, { since, held }: Pick<World, "since" | "held">): Reason {
  const { code, message, index } = problem;
  const began = code === "held-back" ? held?.since : since?.get(message);
  return {
    code,
    message,
    hint: hintOf(problem),
    ...index === undefined ? {} : { index },
    ...began === undefined ? {} : { since: began },
  };
}
