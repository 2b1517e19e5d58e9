import { UnfitForSocket } from "../haproxy/socketCommand.ts";
import { backendName, type Service } from "../model/service.ts";
import { bodiesIn, type Chunk, type Configuration } from "../render/configuration.ts";
import { serverName } from "../render/names.ts";
import {
  describePorts,
  type Difference,
  findDifference,
  type Obstacle,
  planArrival,
  planDeparture,
  withoutServerLines,
} from "./arrivals.ts";
import { describeChanges, excerptDifferences } from "./describe.ts";
import { planMaps } from "./maps.ts";
import {
  type BackendArrival,
  type BackendDeparture,
  changedMaps,
  type ConfigurationFiles,
  type DifferingPair,
  type Plan,
  runtimeCommands,
  type RuntimeFacts,
  type RuntimePlan,
  runtimeQuestions,
  sameFiles,
  sameText,
  type ServerChange,
  type ServerLine,
} from "./plan.ts";
import { planServers, type ServerPlan } from "./servers.ts";

/** The running HAProxy, if it is known what it has loaded. */
export interface RunningHaproxy {
  readonly configuration: Configuration;
  /** Undefined if it accepts no commands from this program. */
  readonly facts?: RuntimeFacts;
}

/**
 * Compares what runs with what should run, and plans the update.
 *
 * @param running the files on disk; undefined when there are none yet
 * @param haproxy undefined if it may have loaded something else than these files
 */
export function planUpdate(
  running: ConfigurationFiles | undefined,
  next: Configuration | ConfigurationFiles,
  haproxy?: RunningHaproxy,
): Plan {
  if (!running) return { kind: "reload", reasons: ["there was no configuration"] };
  if (haproxy && "problems" in next) return planFrom(haproxy, next);
  if (sameFiles(running, next)) return { kind: "nothing" };
  const sections = sameText(running, next) ? [] : describeChanges(running.text, next.text);
  return { kind: "reload", reasons: [...sections, ...describeMaps(running, next)] };
}

function planFrom({ configuration, facts }: RunningHaproxy, next: Configuration): Plan {
  const isDue = facts?.portsDue ?? false;
  if (configuration === next && !isDue) return { kind: "nothing" };
  const maps = describeMaps(configuration, next);
  const differing = pairDifferences(configuration, next);
  const isSame = differing?.length === 0;
  if (isSame && maps.length === 0 && !isDue) return planHealth(configuration, next, facts);
  const plan = facts && planRuntime(configuration, next, facts, differing);
  if (plan && !("why" in plan)) return plan;
  const why = plan ? { why: plan.why } : {};
  return describedLater({ kind: "reload", ...why }, () => {
    const sections = isSame ? [] : describeChanges(...excerptDifferences(configuration.chunks, next.chunks));
    return [...sections, ...maps, ...isDue ? [describePorts(facts?.waiting ?? [])] : []];
  });
}

/** A plan whose reasons are found when they are read: with many apps that takes time, and the reload need not wait. */
function describedLater<Part extends object>(
  plan: Part,
  describe: () => readonly string[],
): Part & { readonly reasons: readonly string[] } {
  let found: readonly string[] | undefined;
  return {
    ...plan,
    get reasons() {
      return found ??= describe();
    },
  };
}

/** What remains if the texts are the same: servers that Marathon says are healthy now. Never a reason to reload. */
function planHealth(running: Configuration, next: Configuration, facts: RuntimeFacts | undefined): Plan {
  const plan = facts && planRuntime(running, next, facts, []);
  if (!plan || "why" in plan || plan.changes.length === 0) return { kind: "nothing" };
  const count = plan.changes.length;
  return { ...plan, reasons: [`${count} server${count === 1 ? " is" : "s are"} healthy now`] };
}

function describeMaps(a: Pick<ConfigurationFiles, "maps">, b: Pick<ConfigurationFiles, "maps">): string[] {
  return changedMaps(a, b).map((file) => `${file} changed`);
}

/** How many removed servers may always stay in HAProxy; beyond that, a tenth of those in service. */
const mayWait = 100;

/**
 * The commands that bring a running HAProxy to another configuration, or why commands are not enough.
 *
 * @param differing their pieces that differ, if they are known already
 */
export function planRuntime(
  running: Configuration,
  next: Configuration,
  facts: RuntimeFacts,
  differing = pairDifferences(running, next),
): RuntimePlan | Obstacle {
  const { waiting = [], portsDue, haproxyDir } = facts;
  if (portsDue) return { why: `${describePorts(waiting)} waited for it` };
  const difference = differenceFor(running, next, facts, differing);
  if ("why" in difference) return difference;
  const planned = new BackendPlans(running, next, facts);
  for (const pair of difference.pairs) planned.change(...pair);
  for (const pair of healthPairs(running, next)) planned.change(...pair);
  for (const chunk of difference.came) planned.arrive(chunk, difference);
  for (const chunk of difference.went) planned.depart(chunk, difference);
  if (planned.obstacle) return planned.obstacle;
  const { changes, arrivals, departures, backends } = planned;
  const maps = planMaps(running.maps, next.maps);
  if (!maps) return { why: "a key stands twice in a map" };
  // Of those that are deletable few have to wait.
  const staying = changes.filter((change) => change.kind === "remove" && !change.server.deletable);
  const left = facts.leftovers.size + staying.length;
  if (left > mayWait && left > countServers(next) / 10) {
    return { why: `${left} removed servers wait in HAProxy, a reload forgets them` };
  }
  const { ports } = difference;
  try {
    const plan = { kind: "runtime" as const, changes, arrivals, departures, ports, maps, backends };
    return {
      ...plan,
      reasons: [...describeDifference(difference), ...describeMaps(running, next)],
      commands: runtimeCommands(plan, haproxyDir),
      questions: runtimeQuestions(plan, haproxyDir),
    };
  } catch (error) {
    if (!(error instanceof UnfitForSocket)) throw error;
    return { why: error.message };
  }
}

/** Where HAProxy can add backends, pieces may come and go. */
function differenceFor(
  running: Configuration,
  next: Configuration,
  { bodies }: RuntimeFacts,
  differing: readonly DifferingPair[] | undefined,
): Difference | Obstacle {
  const isMove = next.changed?.from === running.chunks;
  if (bodies && !isMove && differing?.length !== 0) return findDifference(running, next);
  if (!differing) return { why: "sections or rules came or went" };
  return { pairs: differing, came: [], went: [], ports: [] };
}

/** Whole sections, as only their content is compared. */
function describeDifference({ pairs, came, went, ports }: Difference): string[] {
  const [before, after] = [
    [...pairs.map(([old]) => old), ...went],
    [...pairs.map(([, fresh]) => fresh), ...came],
  ].map((chunks) => chunks.map(({ text }) => text).join(""));
  const sections = before === after ? [] : describeChanges(before!, after!);
  return ports.length === 0 ? sections : [...sections, `a later reload for ${describePorts(ports)}`];
}

/** The changes of all backends. Behind an obstacle, nothing more is planned. */
class BackendPlans {
  readonly changes: ServerChange[] = [];
  readonly arrivals: BackendArrival[] = [];
  readonly departures: BackendDeparture[] = [];
  readonly backends = new Map<string, readonly ServerLine[]>();
  obstacle: Obstacle | undefined;
  readonly #head: string;
  #bodies: ReadonlyMap<string, string> | undefined;

  constructor(
    private readonly running: Configuration,
    private readonly next: Configuration,
    private readonly facts: RuntimeFacts,
  ) {
    this.#head = running.chunks[0]?.text ?? "";
  }

  /** A backend that stays. */
  change(before: Chunk, after: Chunk): void {
    if (this.obstacle) return;
    if (!before.backend || !after.backend) return this.#fail({ why: "more than servers changed" });
    const plan = this.#planServers(before, after);
    if (!("why" in plan)) this.#accept(before, after, plan);
    else if (before.text !== after.text) this.#fail(plan);
  }

  arrive(chunk: Chunk, difference: Difference): void {
    if (this.obstacle) return;
    const arrival = planArrival(chunk, this.next, difference, this.facts);
    if ("why" in arrival) return this.#fail(arrival);
    const empty = { ...withoutServerLines(chunk), service: undefined };
    const plan = this.#planServers(empty, chunk);
    if ("why" in plan) return this.#fail(plan);
    this.arrivals.push(arrival);
    this.#accept(empty, chunk, plan);
  }

  depart(chunk: Chunk, difference: Difference): void {
    if (this.obstacle) return;
    const empty = withoutServerLines(chunk);
    const plan = this.#planServers(chunk, empty);
    if ("why" in plan) return this.#fail(plan);
    const isDeletable = plan.changes.every(({ kind, server }) => kind === "remove" && "deletable" in server);
    const departure = planDeparture(chunk, isDeletable, difference, this.facts);
    if ("why" in departure) return this.#fail(departure);
    this.departures.push(departure);
    this.#accept(chunk, empty, plan);
  }

  #planServers(before: Chunk, after: Chunk): ServerPlan {
    return planServers(before.text, after.text, this.#head, this.facts, this.#bodyOf(after));
  }

  /** The body that a backend begins from. Only then are all pieces looked through: each moved task plans its backend. */
  #bodyOf({ body }: Chunk): string | undefined {
    if (body === undefined) return undefined;
    this.#bodies ??= new Map([...bodiesIn(this.running), ...bodiesIn(this.next)]);
    return this.#bodies.get(body);
  }

  #accept(before: Chunk, after: Chunk, plan: Exclude<ServerPlan, Obstacle>): void {
    if (after.service?.inDeploymentGroup && plan.changes.some(({ kind }) => kind === "remove")) {
      // zdd.py waits until there are as many servers as tasks.
      this.#fail({
        why: `removed servers would stay in the statistics of the deployment in backend ${plan.backend}`,
      });
    }
    this.changes.push(...plan.changes, ...healed(before, after, plan));
    this.backends.set(plan.backend, plan.servers);
  }

  #fail(obstacle: Obstacle): void {
    this.obstacle ??= obstacle;
  }
}

/**
 * The servers that are up at once, as Marathon says that they are healthy: those that come, and those found healthy only
 * now. HAProxy's own check may take a minute, and tools that deploy wait for it.
 */
function healed(
  before: Chunk,
  after: Chunk,
  { backend, servers, changes }: {
    backend: string;
    servers: readonly ServerLine[];
    changes: readonly ServerChange[];
  },
): ServerChange[] {
  if (!after.service?.inDeploymentGroup) return [];
  const names = new Set(newlyHealthy(before, after));
  const healthy = healthyNames(after.service);
  for (const { kind, server: { name } } of changes) {
    if (["add", "return", "enable"].includes(kind) && healthy.has(name)) names.add(name);
  }
  return servers.filter(({ name, options, disabled }) =>
    names.has(name) && options.includes("check") && !disabled
  ).map((server) => ({ kind: "healthy", backend, server }));
}

/** Backends whose text is the same, and that have servers Marathon says are healthy now. */
function healthPairs({ chunks: before }: Configuration, { chunks: after }: Configuration): DifferingPair[] {
  if (before === after) return [];
  const inGroups = (chunks: readonly Chunk[]) =>
    chunks.filter(({ backend, service }) => backend && service?.inDeploymentGroup);
  const known = new Map(inGroups(before).map((chunk) => [backendName(chunk.service!), chunk]));
  return inGroups(after).flatMap((chunk): DifferingPair[] => {
    const old = known.get(backendName(chunk.service!));
    return old && chunk !== old && chunk.text === old.text && newlyHealthy(old, chunk).size > 0
      ? [[old, chunk]]
      : [];
  });
}

function newlyHealthy(before: Chunk, after: Chunk): ReadonlySet<string> {
  if (!after.backend || !after.service?.inDeploymentGroup || !before.service) return none;
  if (after.service === before.service) return none;
  const ill = new Set(before.service.backends.filter(({ healthy }) => !healthy).map(serverName));
  return new Set([...healthyNames(after.service)].filter((name) => ill.has(name)));
}

const none: ReadonlySet<string> = new Set();

function healthyNames({ backends }: Service): ReadonlySet<string> {
  return new Set(backends.filter(({ healthy }) => healthy).map(serverName));
}

function countServers({ chunks }: Configuration): number {
  return chunks.reduce(
    (sum, { backend, service }) => sum + (backend && service ? service.backends.length : 0),
    0,
  );
}

/** The pieces that differ between two configurations, in their order; undefined if pieces were added or removed. */
export function pairDifferences(
  { chunks: before }: Pick<Configuration, "chunks">,
  { chunks: after, changed }: Pick<Configuration, "chunks" | "changed">,
): DifferingPair[] | undefined {
  if (before.length !== after.length) return undefined;
  const places = changed?.from === before ? changed.places : before.keys();
  const pairs: DifferingPair[] = [];
  for (const place of places) {
    if (before[place]!.text !== after[place]!.text) pairs.push([before[place]!, after[place]!]);
  }
  return pairs;
}
