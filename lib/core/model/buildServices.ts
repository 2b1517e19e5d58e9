import { assertGuarded, authWarnings } from "../labels/auth.ts";
import { type LabelFinding, lintLabels } from "../labels/labelLint.ts";
import { readServiceLabels, type ServiceLabels } from "../labels/readLabels.ts";
import { assertBackend, assertPassthrough, assertShare } from "../labels/traffic.ts";
import { readTemplateLabels } from "../labels/templateLabels.ts";
import { overridableByLabel } from "../templates/templateSet.ts";
import { type TemplateRow, templateTable } from "../templates/templateTable.ts";
import type { App, Task } from "../marathon/app.ts";
import type { HealthCheck } from "../marathon/healthCheck.ts";
import { compact } from "../lists.ts";
import { type Problem, type ProblemCode, problemOf, serviceProblem } from "../problem.ts";
import { compareText, parseTimestamp, quoted, shortened, splitList } from "../text.ts";
import { deploymentGroupOf, mergeDeploymentGroups } from "./blueGreen.ts";
import { claimNames } from "./claims.ts";
import type { ModelContext } from "./context.ts";
import { type ListeningPorts, listeningPorts, withoutLoops } from "./loops.ts";
import { type Incumbents, noIncumbents, retainIncumbents } from "./incumbents.ts";
import { isRouted } from "./routes.ts";
import { isExposed, notesOf, unexposed } from "./notes.ts";
import { isAssigned, ServicePortAssigner, servicePorts } from "./ports.ts";
import { type Backend, inGroups, type Service } from "./service.ts";
import { isAddress, type LiveTask, liveTasks, type Verdict } from "./tasks.ts";

/** The result for one app alone, before conflicts with others are resolved. */
export interface BuiltApp {
  /** The services to serve, in the order of their index. */
  readonly services: readonly Service[];
  /** Those that would be served if they had a task. They keep what they hold. */
  readonly idle: readonly Service[];
  /** Whether it has unreadable services. Then it keeps all that it holds. */
  readonly unread: boolean;
  /** Health as reported now. */
  readonly verdicts: readonly Verdict[];
  readonly problems: readonly Problem[];
  /** Notes: why services are not served for normal reasons; only of apps with labels of the program. */
  readonly notes: readonly Problem[];
}

/** Whether an app carries a label of the program. */
export function hasLabels({ labels }: Pick<App, "labels">): boolean {
  for (const name in labels) if (/^haproxy/i.test(name)) return true;
  return false;
}

/**
 * Whether all services of an app belong to other load balancers by their groups. Those report mistakes in its labels.
 */
function isForOthers(
  { services, idle, unread }: Pick<AppServices, "services" | "idle" | "unread">,
  { groups }: ModelContext,
): boolean {
  const isForOther = (service: Service) => service.groups.length > 0 && !inGroups(service, groups);
  return !unread && services.length + idle.length > 0 && services.every(isForOther) && idle.every(isForOther);
}

function findingProblem(app: string, { code, index, said, hint }: LabelFinding): Problem {
  return index === undefined
    ? problemOf(code, { app }, `${app}${said}`, hint)
    : serviceProblem(code, { app, index }, said, hint);
}

/** Builds the services of one app. */
export function buildApp(
  app: App,
  assigner: ServicePortAssigner | undefined,
  context: ModelContext,
): BuiltApp {
  const ports = servicePorts(app, assigner);
  const tasks = liveTasks(app, context);
  const built = buildAppServices(app, ports, tasks.live, context);
  const isOurs = (service: Service) => service.enabled && inGroups(service, context.groups);
  const isUdp = ({ index }: Pick<Service, "index">) => app.udpPorts?.includes(index) ?? false;
  const isServed = (service: Service) => isOurs(service) && !isUdp(service);
  const labelled = hasLabels(app);
  const findings = labelled && !isForOthers(built, context) ? lintLabels(app, ports.length) : [];
  for (const { index } of [...built.services, ...built.idle].filter((one) => isOurs(one) && isUdp(one))) {
    findings.push({ label: "", code: "udp-port", index, said: " is left out: its port is for UDP alone" });
  }
  return {
    services: compact(built.services.filter(isServed)),
    idle: compact(built.idle.filter(isServed)),
    unread: built.unread,
    verdicts: compact(tasks.verdicts),
    problems: compact([
      ...tasks.problems,
      ...built.problems,
      ...findings.map((one) => findingProblem(app.id, one)),
    ]),
    notes: compact(labelled ? notesOf(app, { ...built, ports: ports.length }, context) : []),
  };
}

/**
 * Whether the result for an app depends on it alone, and not on a resolved address, an earlier health result or an
 * assigned port.
 */
export function isSelfContained(app: App, { healthCheck, servicePortRange }: ModelContext): boolean {
  const container = app.networkingMode === "container";
  if (isAssigned(app, servicePortRange !== undefined)) return false;
  const needsVerdicts = healthCheck && app.healthChecks.length > 0;
  return app.tasks.every(({ host, alive }) =>
    (container || host === undefined || isAddress(host)) && !(needsVerdicts && alive === undefined)
  );
}

/** What decides about the services of one app alone. */
type BuildContext = Pick<
  ModelContext,
  "strictMode" | "templateLabels" | "labelTemplates" | "hashSchemes" | "groups" | "servicePorts" | "routed"
>;

/** The services of the service ports of one app. */
export interface AppServices {
  /** Those that have a backend, in the order of their index. */
  readonly services: Service[];
  /** Those that have none at the moment. They are not served, but keep what they hold. */
  readonly idle: Service[];
  /** Whether there are others, whose labels cannot be read. */
  readonly unread: boolean;
  readonly problems: Problem[];
}

/**
 * The services of one app.
 *
 * @param ports its service ports; undefined where none could be assigned, and for the endpoints of pods
 * @param live its tasks that take traffic; the i-th port of a task is a backend of the i-th service
 */
export function buildAppServices(
  app: App,
  ports: readonly (number | undefined)[],
  live: readonly LiveTask[],
  context: BuildContext,
): AppServices {
  const services: Service[] = [];
  const idle: Service[] = [];
  let unread = false;
  const problems: Problem[] = [];
  for (const [index, port] of ports.entries()) {
    const report = (code: ProblemCode, said: string, hint?: string) =>
      problems.push(serviceProblem(code, { app: app.id, index }, said, hint));
    if (app.endpoints && !isExposed(app, index)) {
      if (hasLabelsOf(app, index)) report("endpoint-without-port", unexposed(app, index));
      continue;
    }
    if (port === undefined && !app.endpoints) {
      report(
        "port-range-full",
        " gets no port: the range for IP-per-task apps is full;" +
          " widen --min-serv-port-ip-per-task and --max-serv-port-ip-per-task",
      );
      continue;
    }
    const { backends, unfit } = backendsOf(live, index, Boolean(app.labels.HAPROXY_DEPLOYMENT_GROUP?.trim()));
    for (const [task, number] of unfit) {
      report(
        "task-unfit",
        `: task ${
          shortened(task.id, 255)
        } is ignored: its port is ${number}; expected a port from 1 to 65535`,
      );
    }
    try {
      if (backends.length === 0) {
        idle.push(
          buildService(app, index, port, { backends, templates: new Map() }, context),
        );
        continue;
      }
      const { templates, warnings } = readTemplateLabels(
        app,
        index,
        context.templateLabels,
        context.labelTemplates,
      );
      const service = buildService(app, index, port, { backends, templates }, context);
      assertGuarded(service, context.hashSchemes);
      services.push(service);
      const served = service.enabled && inGroups(service, context.groups);
      for (const warning of warnings) report("label-ignored", `: ${warning}`);
      for (const warning of served ? authWarnings(service) : []) report("auth-incomplete", `: ${warning}`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      unread = true;
      // A service that is not served claims nothing.
      if (backends.length === 0) continue;
      const { code, hint } = classify(error, app);
      report(code, ` is left out: ${error.message}`, hint);
    }
  }
  return { services: checkPorts(services), idle, unread, problems };
}

function hasLabelsOf({ labels }: Pick<App, "labels">, index: number): boolean {
  for (const name in labels) if (name.startsWith(`HAPROXY_${index}_`)) return true;
  return false;
}

const rows: readonly TemplateRow[] = templateTable;

/** The kind of mistake that made a service unreadable; the message begins with the label at fault. */
function classify({ message }: RangeError, app: App): { code: ProblemCode; hint?: string } {
  const [label = "", name] = /^HAPROXY_\d+_(\w+)/.exec(message) ?? [];
  if (name === "VHOST") {
    const entries = splitList(app.labels[label] ?? "");
    const bare = entries.map(bareHost);
    if (bare.some((host, index) => host !== entries[index] && host !== "")) {
      return { code: "vhost-unreadable", hint: `Set ${label} to ${shortened(bare.join(","))}` };
    }
  }
  const isTemplate = rows.some((row) => row.name === name && overridableByLabel(row));
  return { code: isTemplate ? "template-unreadable" : "service-unreadable" };
}

/** The host of a URL, or of a host with a port; every other text as it is. */
function bareHost(text: string): string {
  return text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/[/?#].*$/, "").replace(/:\d*$/, "");
}

function buildService(
  app: App,
  index: number,
  servicePort: number | undefined,
  { backends, templates }: Pick<Service, "backends" | "templates">,
  context: BuildContext,
): Service {
  const labels = readServiceLabels(app, index);
  const isPortless = labels.PORT === undefined && servicePort === undefined;
  const port = labels.PORT ?? servicePort ?? index;
  if (!isPortless && (port < 1 || port > 65535)) {
    throw new RangeError(`its service port is ${quoted(servicePort)}; expected a port from 1 to 65535`);
  }
  const own = findHealthCheck(app, index);
  const borrowed = own === undefined && labels.BACKEND_HEALTHCHECK_PORT_INDEX !== undefined
    ? findHealthCheck(app, labels.BACKEND_HEALTHCHECK_PORT_INDEX)
    : undefined;
  const healthCheck = own ?? borrowed;
  if (healthCheck?.unfit !== undefined) throw new RangeError(healthCheck.unfit);
  const mode = resolveMode(labels, own, borrowed);
  assertPassthrough(labels, index);
  assertBackend(labels, index, mode);
  assertShare(labels, index, mode);
  const closedPort = isPortless ? undefined : closedPortOf({ labels, mode }, context);
  return {
    appId: app.id,
    index,
    port,
    ...isPortless ? { portless: true, frontend: false } : {},
    ...closedPort ? { closedPort, frontend: false } : {},
    mode,
    groups: labels.GROUP ?? compact(splitList(app.labels.HAPROXY_GROUP ?? "")),
    enabled: labels.ENABLED ?? !context.strictMode,
    ...app.labels.HAPROXY_DEPLOYMENT_GROUP?.trim() ? { inDeploymentGroup: true } : {},
    labels,
    templates,
    healthCheck,
    backends,
  };
}

/** Whether the port of a service is closed; the vhosts that it asks for may be those of others. */
function closedPortOf(
  service: Pick<Service, "labels" | "mode">,
  { servicePorts = "all", routed }: BuildContext,
): Service["closedPort"] {
  const { EXPOSE_PORT = servicePorts === "none" ? false : undefined } = service.labels;
  if (EXPOSE_PORT !== undefined) return EXPOSE_PORT ? undefined : "always";
  return servicePorts === "without-vhost" && isRouted(service, routed) ? "while-routed" : undefined;
}

/**
 * The backends, sorted by host, then port, and the tasks without a valid port. A task that Marathon lists twice is one
 * server, as HAProxy refuses two of one name.
 */
function backendsOf(
  live: readonly LiveTask[],
  index: number,
  inDeploymentGroup: boolean,
): { backends: Backend[]; unfit: (readonly [Task, port: number])[] } {
  const unfit: (readonly [Task, number])[] = [];
  const all: Backend[] = [];
  for (const { task, host, ip, ports } of live) {
    const port = ports[index];
    if (port === undefined) continue;
    if (port < 1 || port > 65_535) {
      unfit.push([task, port]);
      continue;
    }
    const { draining } = task;
    all.push(
      inDeploymentGroup && task.alive
        ? { host, ip, port, draining, healthy: true }
        : { host, ip, port, draining },
    );
  }
  all.sort((a, b) => compareText(a.host, b.host) || a.port - b.port || compareText(a.ip, b.ip));
  const backends: Backend[] = [];
  for (const one of all) {
    const last = backends.at(-1);
    if (!last || last.host !== one.host || last.port !== one.port || last.ip !== one.ip) backends.push(one);
    else backends[backends.length - 1] = { ...one, draining: one.draining && last.draining };
  }
  return { backends, unfit };
}

export interface Model {
  /** The services to serve, in the order of (app id, port). */
  readonly services: readonly Service[];
  /** Where HAProxy listens for them. */
  readonly listening: ListeningPorts;
  /** Health as reported now, to be remembered for later answers. */
  readonly verdicts: ReadonlyMap<string, boolean>;
  readonly problems: readonly Problem[];
  /**
   * The result for each app alone, by its id; a deployment group counts as one app. If a group has the id of an app,
   * both are missing.
   */
  readonly built: ReadonlyMap<string, BuiltApp>;
  /** Problems that several apps have with each other; the others are in `built`. */
  readonly shared: readonly Problem[];
  /** Services of `built` that are served in part, mapped to what they are in `services`. */
  readonly limited: ReadonlyMap<Service, Service>;
  /** Ids of the apps that claim what others claim too. */
  readonly contested: ReadonlySet<string>;
  /** The part of the incumbents' holdings that they keep. */
  readonly incumbents: Incumbents;
}

/** The results for unchanged apps of earlier generations, by the app object itself. */
export type BuiltApps = WeakMap<App, BuiltApp>;

/**
 * Builds the services that this load balancer serves from apps. Never throws: a mistake in an app is a problem in the
 * result.
 *
 * @param known results that are reused; new ones are added. So an unchanged app keeps its service objects
 * @param before the model before, if any: services with the same limits stay the same objects
 */
export function buildServices(
  apps: readonly App[],
  context: ModelContext,
  known: BuiltApps = new WeakMap(),
  before?: Pick<Model, "limited">,
): Model {
  const { apps: merged, problems: shared } = mergeDeploymentGroups(apps);
  const range = context.servicePortRange;
  const assigner = range && new ServicePortAssigner(range.minimum, range.maximum);
  const verdicts = new Map<string, boolean>();
  const taken: Service[] = [];
  const idle: Service[] = [];
  const latest = new Map<string, App>();
  const places = new Map<string, number>();
  const unread = new Set([...context.unread ?? [], ...idsOf(apps, shared)]);
  const built = new Map<string, BuiltApp>();
  const problems: Problem[] = [...shared];
  const namesakes = new Map<string, readonly Problem[]>();

  for (const app of merged) {
    if (app.id.slice(1) === context.frameworkName) continue;
    let one = known.get(app);
    if (!one) {
      one = buildApp(app, assigner, context);
      if (isSelfContained(app, context)) known.set(app, one);
    }
    const namesake = built.get(app.id);
    if (namesake) namesakes.set(app.id, [...namesake.problems, ...one.problems]);
    built.set(app.id, one);
    for (const { id, alive } of one.verdicts) if (alive !== undefined) verdicts.set(id, alive);
    problems.push(...one.problems);
    taken.push(...one.services);
    idle.push(...one.idle);
    if (one.unread) unread.add(app.id);
    if (app.clusterPlace !== undefined) places.set(app.id, app.clusterPlace);
    latest.set(app.id, app);
  }

  for (const id of namesakes.keys()) built.delete(id);
  taken.sort((a, b) => compareText(a.appId, b.appId) || a.port - b.port);
  const incumbents = retainIncumbents(context.incumbents ?? noIncumbents, [...taken, ...idle], unread);
  const { ownBinds, haproxyMap } = context;
  const claimed = claimNames(taken, {
    ownBinds,
    haproxyMap,
    incumbents,
    since: { get: (id) => parseTimestamp(latest.get(id)?.lastConfigChangeAt ?? "") },
    places,
    before: before?.limited,
  });
  const listening = listeningPorts(claimed.services, context);
  const unlooped = withoutLoops(claimed.services, listening, context);
  const common = [...claimed.problems, ...unlooped.problems];
  return {
    services: unlooped.services,
    listening,
    verdicts,
    problems: [...problems, ...common],
    built,
    shared: [...shared, ...common, ...[...namesakes.values()].flat()],
    limited: claimed.limited,
    contested: claimed.contested,
    incumbents,
  };
}

/** The ids of apps that are left out of their deployment groups, and of the groups. */
function idsOf(apps: readonly App[], problems: readonly Problem[]): string[] {
  if (problems.length === 0) return [];
  const byId = new Map(apps.map((app) => [app.id, app]));
  return problems.flatMap(({ app }) => {
    const known = byId.get(app);
    const group = known && deploymentGroupOf(known);
    return group === undefined ? [app] : [app, group];
  });
}

/**
 * Sets the check ports of the services of one app that name another of its ports for their checks. Each of their
 * backends is checked at the port of the other service's backend of the same rank.
 *
 * Services are counted in the order of their ports, from the end when the index is negative. With an index out of
 * range, or too few backends there, checks use the service's own ports.
 */
export function checkPorts(services: readonly Service[]): Service[] {
  return services.map((service) => {
    const index = service.labels.BACKEND_HEALTHCHECK_PORT_INDEX;
    if (index === undefined) return service;
    const named = services.toSorted((a, b) => a.port - b.port).at(index) ?? service;
    return {
      ...service,
      checkPorts: service.backends.map((own, rank) => (named.backends[rank] ?? own).port),
    };
  });
}

/** The first health check of an app that names a port of its own, or the service at `index`. */
export function findHealthCheck(app: App, index: number): HealthCheck | undefined {
  return app.healthChecks.find((check) => check.port || check.portIndex === index);
}

const httpProtocols = ["HTTP", "HTTPS", "MESOS_HTTP", "MESOS_HTTPS"];

/**
 * The mode of a service. A check borrowed from another port overrides the label, as in the reference, because it would
 * use a connection in that mode.
 *
 * @param own the check of the service's own port
 * @param borrowed the check of the port that `BACKEND_HEALTHCHECK_PORT_INDEX` names, if there is no own one
 */
export function resolveMode(
  labels: ServiceLabels,
  own: HealthCheck | undefined,
  borrowed: HealthCheck | undefined,
): "tcp" | "http" {
  if (labels.SNI_PASSTHROUGH) return "tcp";
  if (borrowed && httpProtocols.includes(borrowed.protocol)) return "http";
  if (labels.MODE) return labels.MODE;
  return own?.protocol === "HTTP" || labels.VHOST?.length ? "http" : "tcp";
}
