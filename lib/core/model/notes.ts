import type { App, Task } from "../marathon/app.ts";
import { isQuiet, type Problem, type ProblemCode, problemOf, serviceProblem } from "../problem.ts";
import { quoted } from "../text.ts";
import type { ModelContext } from "./context.ts";
import { isRouted } from "./routes.ts";
import { bindAddresses, canonicalAddress, inGroups, isPortClosed, overlap, type Service } from "./service.ts";
import { type IdleTask, judgeTask, type LiveTask } from "./tasks.ts";

/** Adds a note: the code, and the text that follows the service. */
export type Note = (code: ProblemCode, said: string) => void;

/** Whether this load balancer is to serve a service at all. */
export function noteChoice(
  service: Service,
  { groups, strictMode }: Pick<ModelContext, "groups" | "strictMode">,
  note: Note,
): void {
  if (!inGroups(service, groups)) {
    const ours = `this load balancer serves ${groups.join(", ")}`;
    if (service.groups.length === 0) note("no-group", `: it has no group; ${ours}`);
    else note("other-group", `: its group is ${service.groups.join(", ")}; ${ours}`);
  }
  if (service.enabled) return;
  const label = `HAPROXY_${service.index}_ENABLED`;
  if (service.labels.ENABLED === undefined && strictMode) {
    note("strict-mode", `: --strict-mode serves only what has the label ${label}=true`);
  } else note("disabled", `: the label ${label} switches it off`);
}

/** Each task of an app, and whether it gets traffic. */
export type JudgedTasks = readonly (readonly [Task, LiveTask | IdleTask])[];

export function judgeTasks(app: App, context: ModelContext): JudgedTasks {
  return app.tasks.map((task) => [task, judgeTask(app, task, context)] as const);
}

const idleWords = {
  "no-running-task": "takes traffic",
  "no-reachable-task": "is reachable",
  "no-ready-task": "is ready",
  "no-healthy-task": "is healthy",
} as const;

/** Why no task is a server of a service. */
export function noteTasks(tasks: JudgedTasks, { app, index }: { app: App; index: number }, note: Note): void {
  if (tasks.length === 0) {
    const scaled = app.instances === 0 ? "; it is scaled to 0 instances" : "";
    return note("no-task", `: the app has no task${scaled}`);
  }
  const live = tasks.flatMap(([, found]) => "why" in found ? [] : [found]);
  if (live.length > 0) {
    if (live.every(({ ports }) => ports[index] === undefined)) {
      note("no-task-port", `: no task has a port with the index ${index}`);
    }
    return;
  }
  for (const code of ["no-running-task", "no-reachable-task", "no-ready-task", "no-healthy-task"] as const) {
    const idle = tasks.flatMap(([task, found]) =>
      "why" in found && found.code === code ? [{ task, found }] : []
    );
    const [first] = idle;
    if (!first) continue;
    const what = idleWords[code];
    note(code, `: no task ${what}, such as ${first.task.id}: ${first.found.why}`);
  }
}

/** Whether the load balancer listens on a service's port at another address, so that both can listen. */
export function noteOwnPort(
  service: Service,
  { ownBinds = [] }: Pick<ModelContext, "ownBinds">,
  note: Note,
): void {
  if (service.frontend === false || !ownBinds.some(({ port }) => port === service.port)) return;
  const addresses = bindAddresses(service);
  const other = ownBinds.find(({ port, host }) =>
    port === service.port && !addresses.some((one) => overlap(one, canonicalAddress(host)))
  );
  if (!other) return;
  note(
    "own-port-elsewhere",
    `: it listens on port ${service.port} at ${addresses.join(", ")}, and ${other.flag} at ${other.host}`,
  );
}

/**
 * Whether nothing leads to a service: its port is closed, it has no vhost, and its app id leads to another service.
 *
 * @param siblings the services of its app that are served
 */
export function noteNoWayIn(
  service: Service,
  siblings: readonly Service[],
  { servicePorts = "all", routed }: Pick<ModelContext, "servicePorts" | "routed">,
  note: Note,
): void {
  const { index, port, mode, labels } = service;
  if (!isPortClosed(service) || isRouted(service, routed)) return;
  // An app id leads to the app's first service in mode http.
  if (mode === "http" && siblings.every((one) => one.mode !== "http" || one.port >= port)) return;
  const why = labels.EXPOSE_PORT === undefined
    ? `--service-ports ${servicePorts}`
    : `the label HAPROXY_${index}_EXPOSE_PORT`;
  const missing = labels.VHOST?.length ? "nothing leads to its vhosts here" : "it has no vhost";
  note("no-way-in", `: nothing leads to it: ${why} closes its port ${port}, and ${missing}`);
}

/**
 * Notes on services of an app that are not served for normal reasons, or probably not as intended. Notes that are
 * normal in every cluster need `quietNotes`, as thousands of apps may have one.
 */
export function notesOf(
  app: App,
  { services, idle, ports }: {
    readonly services: readonly Service[];
    readonly idle: readonly Service[];
    readonly ports: number;
  },
  context: ModelContext,
): readonly Problem[] {
  if (ports === 0) return [noServicePort(app.id)];
  const notes: Problem[] = [];
  if (context.quietNotes) {
    for (let index = 0; index < ports; index++) notes.push(...endpointNotes(app, index));
  }
  const isOurs = (service: Service) => service.enabled && inGroups(service, context.groups);
  const chosen = services.filter(isOurs);
  let tasks: JudgedTasks | undefined;
  const look = (service: Service) => {
    const { index } = service;
    const note: Note = (code, said) => {
      if (!context.quietNotes && isQuiet(code)) return;
      notes.push(serviceProblem(code, { app: app.id, index }, said));
    };
    const isChosen = isOurs(service);
    if (!isChosen && (context.quietNotes || !service.enabled || service.groups.length === 0)) {
      noteChoice(service, context, note);
    }
    noteOwnPort(service, context, note);
    if (isChosen && service.backends.length > 0) noteNoWayIn(service, chosen, context, note);
    if (service.backends.length > 0 || !context.quietNotes) return;
    tasks ??= judgeTasks(app, context);
    noteTasks(tasks, { app, index }, note);
  };
  for (const service of services) look(service);
  for (const service of idle) look(service);
  return notes;
}

export function noServicePort(app: string): Problem {
  return problemOf(
    "no-service-port",
    { app },
    `${app}: it has no service port, so there is nothing to serve`,
  );
}

/** Whether the labels of a pod expose an endpoint, which has no service port. */
export function isExposed({ labels }: Pick<App, "labels">, index: number): boolean {
  return ["VHOST", "PORT"].some((name) => (labels[`HAPROXY_${index}_${name}`] ?? "").trim() !== "");
}

/** Why an endpoint is not exposed: what follows the service. */
export function unexposed({ endpoints = [] }: Pick<App, "endpoints">, index: number): string {
  return `: the endpoint ${quoted(endpoints[index])} of the pod has neither HAPROXY_${index}_VHOST nor ` +
    `HAPROXY_${index}_PORT`;
}

/** That an endpoint of a pod stays in the cluster. */
export function endpointNotes(app: App, index: number): Problem[] {
  if (!app.endpoints || isExposed(app, index)) return [];
  return [serviceProblem("endpoint-not-exposed", { app: app.id, index }, unexposed(app, index))];
}
