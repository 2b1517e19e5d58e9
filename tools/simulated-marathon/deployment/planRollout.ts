import type { UpgradeStrategy } from "../app/AppDefinition.ts";

export interface RolloutTask {
  /** Of an earlier version than the app's. */
  readonly outdated: boolean;
  readonly phase: "starting" | "ready" | "ending";
}

/** What to do now to bring an app nearer to its definition. */
export interface RolloutStep<Task> {
  /** How many tasks of the current version to start. */
  readonly start: number;
  readonly kill: readonly Task[];
}

/**
 * The next step from `tasks` (oldest first) to `instances` current ones, within the limits of the upgrade strategy. At
 * least `minimumHealthCapacity` of the instances stay ready, and at most `maximumOverCapacity` more run. Called after
 * every change, the steps lead there. Once there, the step is empty.
 */
export function planRollout<Task extends RolloutTask>(
  tasks: readonly Task[],
  instances: number,
  { minimumHealthCapacity, maximumOverCapacity }: UpgradeStrategy,
): RolloutStep<Task> {
  const alive = tasks.filter((task) => task.phase !== "ending");
  const current = alive.filter((task) => !task.outdated);
  const outdated = alive.filter((task) => task.outdated);
  const minReady = Math.ceil(instances * minimumHealthCapacity);

  // Those that serve nobody go first, then the youngest: Marathon's default `killSelection`.
  const surplus = [...current].reverse().sort(byReadiness).slice(0, Math.max(0, current.length - instances));
  const remaining = current.filter((task) => !surplus.includes(task));

  const ready = [...remaining, ...outdated].filter(isReady).length;
  const unready = outdated.filter((task) => !isReady(task));
  const replaceable = outdated.filter(isReady).slice(0, Math.max(0, ready - minReady));

  // With both capacities at their limit nothing could ever move; Marathon allows one more task then.
  const overCapacity = Math.floor(instances * (1 + maximumOverCapacity));
  const capacity = overCapacity === instances && minReady === instances ? instances + 1 : overCapacity;
  const staying = remaining.length + outdated.length - unready.length - replaceable.length;
  const room = outdated.length > 0 ? capacity - staying : instances;
  const start = Math.max(0, Math.min(instances - remaining.length, room));
  return { start, kill: [...surplus, ...unready, ...replaceable] };
}

function isReady(task: RolloutTask): boolean {
  return task.phase === "ready";
}

function byReadiness(a: RolloutTask, b: RolloutTask): number {
  return Number(isReady(a)) - Number(isReady(b));
}
