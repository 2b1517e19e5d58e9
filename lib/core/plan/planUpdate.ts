import { UnfitForSocket } from "../haproxy/socketCommand.ts";
import type { Service } from "../model/service.ts";
import { bodiesIn, type Chunk, type Configuration } from "../render/configuration.ts";
import { serverName } from "../render/names.ts";
import { describeChanges, excerptDifferences } from "./describe.ts";
import {
  changedMaps,
  type ConfigurationFiles,
  type Plan,
  planMaps,
  runtimeCommands,
  type RuntimeFacts,
  type RuntimePlan,
  runtimeQuestions,
  sameFiles,
  sameText,
  type ServerChange,
  type ServerLine,
} from "./plan.ts";
import { planServers } from "./servers.ts";

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
  if (configuration === next) return { kind: "nothing" };
  const maps = describeMaps(configuration, next);
  const differing = pairDifferences(configuration, next);
  if (differing?.length === 0 && maps.length === 0) return planHealth(configuration, next, facts);
  const plan = facts && planRuntime(configuration, next, facts, differing);
  if (plan && !("why" in plan)) {
    // Whole sections, as only their content is compared.
    const [before, after] = [0, 1].map((side) => differing!.map((pair) => pair[side]!.text).join(""));
    return { ...plan, reasons: [...before === after ? [] : describeChanges(before!, after!), ...maps] };
  }
  const sections = differing?.length === 0
    ? []
    : describeChanges(...excerptDifferences(configuration.chunks, next.chunks));
  const reasons = [...sections, ...maps];
  return plan ? { kind: "reload", reasons, why: plan.why } : { kind: "reload", reasons };
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
): Omit<RuntimePlan, "reasons"> | { readonly why: string } {
  if (!differing) return { why: "sections or rules came or went" };
  const head = running.chunks[0]?.text ?? "";
  let known: ReadonlyMap<string, string> | undefined;
  const bodies = () => known ??= bodiesIn(next);
  const changes: ServerChange[] = [];
  const backends = new Map<string, readonly ServerLine[]>();
  for (const [before, after] of [...differing, ...healthPairs(running, next)]) {
    if (!before.backend || !after.backend) return { why: "more than servers changed" };
    const plan = planServers(before.text, after.text, head, facts, bodies().get(after.body ?? ""));
    if ("why" in plan) {
      if (before.text === after.text) continue;
      return plan;
    }
    if (after.service?.inDeploymentGroup && plan.changes.some(({ kind }) => kind === "remove")) {
      // zdd.py waits until there are as many servers as tasks.
      return {
        why: `removed servers would stay in the statistics of the deployment in backend ${plan.backend}`,
      };
    }
    changes.push(...plan.changes, ...healed(before, after, plan));
    backends.set(plan.backend, plan.servers);
  }
  const maps = planMaps(running.maps, next.maps);
  if (!maps) return { why: "a key stands twice in a map" };
  // Of those that are deletable few have to wait.
  const staying = changes.filter((change) => change.kind === "remove" && !change.server.deletable);
  const waiting = facts.leftovers.size + staying.length;
  if (waiting > mayWait && waiting > countServers(next) / 10) {
    return { why: `${waiting} removed servers wait in HAProxy, a reload forgets them` };
  }
  try {
    const plan = { kind: "runtime" as const, changes, maps, backends };
    const { haproxyDir } = facts;
    return {
      ...plan,
      commands: runtimeCommands(plan, haproxyDir),
      questions: runtimeQuestions(plan, haproxyDir),
    };
  } catch (error) {
    if (!(error instanceof UnfitForSocket)) throw error;
    return { why: error.message };
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
  if (before === after || before.length !== after.length) return [];
  return after.flatMap((chunk, place): DifferingPair[] => {
    const old = before[place]!;
    return chunk !== old && chunk.text === old.text && newlyHealthy(old, chunk).size > 0
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

/** A piece of a configuration that differs from the earlier piece at its place. */
export type DifferingPair = readonly [before: Chunk, after: Chunk];

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
