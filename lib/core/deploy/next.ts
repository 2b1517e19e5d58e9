import { integerOf, type JsonObject } from "../json.ts";
import { count } from "../text.ts";
import type { Definition } from "./definition.ts";
import {
  type Count,
  countOn,
  isOf,
  type LoadBalancer,
  type Observation,
  serverOf,
  type Side,
  type SideTask,
  type Standing,
  standingOf,
} from "./observation.ts";
import { sideOf, whyNotReplaceable } from "./sides.ts";

/** How a deployment is to go. Times are in milliseconds. */
export interface DeployPlan {
  readonly definition: Definition;
  /** Percents of the instances that the new side has after each step, ascending. Below 100 at the end: both sides stay. */
  readonly steps: readonly number[];
  /** How long the new side is watched after each step, before old tasks end. */
  readonly watch: number;
  /** Percent of a side's requests that may fail. */
  readonly mostErrors: number;
  /** How long a step may take without progress. */
  readonly patience: number;
  readonly intent: "deploy" | "resume" | "complete" | "rollback";
  /** Microseconds, 0 to 999, that tell this run from another that begins in the same millisecond. */
  readonly nonce: number;
}

/** What is to be done now. */
export type Action =
  | { readonly kind: "create"; readonly app: JsonObject & { readonly id: string }; readonly of: number }
  | {
    readonly kind: "scale";
    readonly app: string;
    readonly from: number;
    readonly to: number;
    readonly of: number;
    /** Whether it replaces a change of this app that is under way. */
    readonly force: boolean;
  }
  /** Makes a side the one that was scaled last, and leaves it as it is: the load balancer drains the other one. */
  | { readonly kind: "prefer"; readonly app: string; readonly instances: number }
  /** Ends drained tasks, and takes them off the number of instances. */
  | {
    readonly kind: "kill";
    readonly app: string;
    readonly tasks: readonly string[];
    readonly force: boolean;
    /** Whether they may still have requests: they were waited for long enough. */
    readonly busy: boolean;
  }
  | { readonly kind: "remove"; readonly app: string; readonly force: boolean }
  | { readonly kind: "wait"; readonly reason: string }
  | { readonly kind: "done"; readonly said: string }
  | { readonly kind: "rolledBack"; readonly reason: string }
  /** Nothing was changed: this deployment may not begin. */
  | { readonly kind: "refuse"; readonly reason: string }
  /** It cannot continue. Both sides stay as they are. */
  | { readonly kind: "fail"; readonly reason: string };

/** What a run remembers between two looks. A run that continues another begins with {@link nothingYet}. */
export interface Memory {
  /** The side that is to serve, once it is known: created by this run, or found by it. */
  readonly fresh?: string;
  /** The side that this run has asked Marathon for. */
  readonly created?: JsonObject & { readonly id: string };
  /** Whether it has been there. */
  readonly present?: true;
  readonly old?: string;
  /** The side that Marathon is deleting. */
  readonly removed?: string;
  /** What is being waited for, since when, and how far it has come. */
  readonly wait?: { readonly key: string; readonly since: number; readonly best: number };
  readonly watch?: { readonly instances: number; readonly since: number; readonly count: Count };
  /** Why it is rolled back. */
  readonly rollback?: string;
}

export const nothingYet: Memory = {};

export interface Decision {
  readonly action: Action;
  readonly memory: Memory;
}

/**
 * What to do, from what Marathon and every instance of the load balancer say now. What was reached stands in Marathon: the
 * sides, their labels and instances, and which was scaled last. A run that was killed can thus be continued by another.
 *
 * @param now milliseconds since 1970, for `HAPROXY_DEPLOYMENT_STARTED_AT`
 */
export function next(seen: Observation, plan: DeployPlan, memory: Memory, now: number): Decision {
  if (memory.fresh === undefined) return begin(seen, plan, memory, now);
  const fresh = seen.sides.find(({ id }) => id === memory.fresh);
  const old = seen.sides.find(({ id }) => id === memory.old);
  const stranger = seen.sides.find((side) => side !== fresh && side !== old);
  if (stranger) {
    return fail(memory, `${stranger.id} of the same group was started meanwhile by something else`);
  }
  if (!fresh) return withoutFresh(seen, plan, memory, old);
  const { created, rollback } = memory;
  if (created && fresh.labels[startedLabel] !== labelsOf(created)[startedLabel]) {
    return refuse(memory, `another deployment of the group created ${fresh.id} first`);
  }
  const known: Memory = { ...memory, present: true };
  if (!old) return withFreshAlone(seen, plan, known, fresh);
  const stage = new Stage(seen, plan, known, fresh, old);
  return rollback === undefined ? stage.forward() : stage.back(rollback);
}

const startedLabel = "HAPROXY_DEPLOYMENT_STARTED_AT";
const targetLabel = "HAPROXY_DEPLOYMENT_TARGET_INSTANCES";

function labelsOf(app: JsonObject): Readonly<Record<string, string>> {
  return app.labels as Readonly<Record<string, string>>;
}

function refuse(memory: Memory, reason: string): Decision {
  return { action: { kind: "refuse", reason }, memory };
}

function fail(memory: Memory, reason: string): Decision {
  return { action: { kind: "fail", reason }, memory };
}

/** The first look: which sides there are, and whether this deployment may begin or continue. */
function begin(seen: Observation, plan: DeployPlan, memory: Memory, now: number): Decision {
  const { sides, namesake } = seen;
  const { definition, intent } = plan;
  const { group, id } = definition;
  const [fresh, old, ...more] = sides;
  const silent = seen.loadBalancers.find(({ problem }) => problem !== undefined);
  if (silent) {
    return refuse(
      memory,
      `the load balancer ${silent.name} does not answer: ${silent.problem}; check --marathon-lb`,
    );
  }
  if (more.length > 0) {
    const names = sides.map((side) => side.id).join(", ");
    return refuse(
      memory,
      `the group ${group} has more than two apps: ${names}; delete those that do not serve`,
    );
  }
  if (fresh && old) {
    if (intent === "deploy") {
      return refuse(
        memory,
        `a deployment of the group ${group} is under way or was interrupted: ${fresh.id} has ` +
          `${fresh.instances} instances, ${old.id} has ${old.instances}; continue it with --resume, end it with ` +
          "--complete-now, or return with --rollback",
      );
    }
    return takeUp(seen, plan, memory, { fresh, old });
  }
  if (intent === "complete" || intent === "rollback") {
    const found = fresh ? `${fresh.id} is alone` : "it has no app";
    return refuse(memory, `no deployment of the group ${group} is under way: ${found}`);
  }
  if (fresh) {
    if (intent === "resume" && isOf(fresh, definition)) {
      return next(seen, plan, { ...memory, fresh: fresh.id }, now);
    }
    const obstacle = whyNotReplaceable(definition, fresh);
    if (obstacle !== undefined) return refuse(memory, obstacle);
  } else if (namesake) {
    return refuse(
      memory,
      `${id} runs, and is not of the group ${group}: both would need the port ${definition.port}; delete it first`,
    );
  }
  return create(plan, memory, fresh, now);
}

function create(plan: DeployPlan, memory: Memory, last: Side | undefined, now: number): Decision {
  const { definition, steps, nonce } = plan;
  // As many as there are: what runs may have been scaled since.
  const target = last && last.instances > 0 ? last.instances : definition.instances;
  const counts = last ? stepCounts(steps, target) : [target];
  const final = counts.at(-1)!;
  const hybrid = final < target ? final : 0;
  const app = sideOf(definition, last, { instances: counts[0]!, target, hybrid, now, nonce });
  return {
    action: { kind: "create", app, of: target },
    memory: { ...memory, fresh: app.id, created: app, ...last ? { old: last.id } : {} },
  };
}

/** Continues what another run began, or `zdd.py`. */
function takeUp(
  seen: Observation,
  plan: DeployPlan,
  memory: Memory,
  { fresh, old }: { fresh: Side; old: Side },
): Decision {
  const { definition, intent } = plan;
  if (intent === "resume" && isOf(fresh, definition) === false) {
    return refuse(
      memory,
      `the deployment that is under way created ${fresh.id} from another definition; continue with that file, or return ` +
        "with --rollback",
    );
  }
  const obstacle = whyNotReplaceable(definition, old) ?? whyNotReplaceable(definition, fresh);
  if (obstacle !== undefined) return refuse(memory, obstacle);
  const known = { ...memory, fresh: fresh.id, old: old.id };
  const returning = isReturning({ fresh, old });
  if (intent === "complete" && returning) {
    return refuse(memory, `the deployment is being rolled back to ${old.id}; end that with --resume`);
  }
  const rollback = intent === "rollback"
    ? "--rollback asks for it"
    : returning
    ? "a rollback was begun"
    : undefined;
  return next(seen, plan, rollback === undefined ? known : { ...known, rollback }, 0);
}

/** Of how many instances both sides are to consist. */
export function targetOf({ labels, instances }: Side): number {
  return integerOf(labels[targetLabel]?.trim()) ?? instances;
}

/** Whether the old side was scaled last, and not because its tasks ended: traffic returns to it. */
function isReturning({ fresh, old }: { fresh: Side; old: Side }): boolean {
  return old.scaledAt > fresh.scaledAt && fresh.instances + old.instances > targetOf(fresh);
}

/** The instances of the new side after each step. */
export function stepCounts(percents: readonly number[], target: number): number[] {
  const counts = percents.map((percent) => Math.max(1, Math.ceil(target * percent / 100)));
  return [...new Set(counts)];
}

function withoutFresh(seen: Observation, plan: DeployPlan, memory: Memory, old: Side | undefined): Decision {
  const { created, present, rollback, fresh } = memory;
  if (rollback !== undefined) return { action: { kind: "rolledBack", reason: rollback }, memory };
  if (present || !created) {
    return fail(memory, `${fresh} is gone: something else deleted it${old ? `; ${old.id} serves` : ""}`);
  }
  // Marathon did not answer the request, and does not have the app.
  const wait = memory.wait ?? { key: "create", since: seen.at, best: 0 };
  if (seen.at - wait.since >= plan.patience) {
    return fail(memory, `Marathon does not have ${fresh}, ${seconds(plan.patience)} after it was created`);
  }
  const of = Number(labelsOf(created)[targetLabel]);
  return { action: { kind: "create", app: created, of }, memory: { ...memory, wait } };
}

/** The first deployment of a group, and the end of each. */
function withFreshAlone(seen: Observation, plan: DeployPlan, memory: Memory, fresh: Side): Decision {
  if (memory.rollback !== undefined) {
    return fail(memory, `the side to return to is gone; ${fresh.id} stays`);
  }
  // Where there was another side, it was deleted only after this one served.
  if (memory.old !== undefined) return done(memory, fresh);
  const waiting = new Stage(seen, plan, memory, fresh, undefined).untilServing();
  if (!waiting) return done(memory, fresh);
  if ("late" in waiting) {
    return fail(memory, `${waiting.late}; ${fresh.id} stays, and there is nothing to return to`);
  }
  return waiting;
}

function done(memory: Memory, { id, instances }: Side): Decision {
  return { action: { kind: "done", said: `${id} serves with ${count(instances, "instance")}` }, memory };
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}

/** A wait that has taken too long: why. */
interface Late {
  readonly late: string;
}

/** One look at both sides. */
class Stage {
  constructor(
    private readonly seen: Observation,
    private readonly plan: DeployPlan,
    private readonly memory: Memory,
    private readonly fresh: Side,
    private readonly old: Side | undefined,
  ) {}

  /** Waits, or says that it has waited long enough. Progress begins the time again. */
  #wait(key: string, progress: number, reason: string): Decision | Late {
    const { seen: { at }, plan, memory } = this;
    const same = memory.wait?.key === key ? memory.wait : undefined;
    const wait = same && progress <= same.best ? same : { key, since: at, best: progress };
    if (at - wait.since >= plan.patience) {
      return { late: `no progress in ${seconds(plan.patience)}: ${reason}` };
    }
    return { action: { kind: "wait", reason }, memory: { ...memory, wait } };
  }

  #act(action: Action, change: Partial<Memory> = {}): Decision {
    const { wait: _, ...memory } = this.memory;
    return { action, memory: { ...memory, ...change } };
  }

  /** Waits until Marathon has started the new side and every load balancer sends requests to all of it. */
  untilServing(): Decision | Late | undefined {
    const { fresh, memory } = this;
    const healthy = fresh.tasks.filter((task) => task.healthy).length;
    if (healthy < fresh.instances || fresh.deploying) {
      if (memory.watch?.instances === fresh.instances && healthy < fresh.instances) {
        return {
          late: `${count(fresh.instances - healthy, "task")} of ${fresh.id} failed while it was watched`,
        };
      }
      const reason = `${healthy} of ${count(fresh.instances, "task")} of ${fresh.id} are healthy and ready`;
      return this.#wait(`start ${fresh.instances}`, healthy, reason);
    }
    const away = this.#untilAnswered();
    if (away) return away;
    let serving = 0;
    for (const { task, name, standing } of this.#standings(fresh.tasks)) {
      if (standing === "down" && memory.watch?.instances === fresh.instances) {
        return { late: `${name} finds ${task.id} down while it is watched` };
      }
      if (standing === "serving") serving++;
    }
    const all = fresh.tasks.length * this.seen.loadBalancers.length;
    if (serving === all) return undefined;
    const reason = `the load balancers use ${serving} of ${count(all, "server")} of ${fresh.id}`;
    return this.#wait(`serve ${fresh.instances}`, serving, reason);
  }

  #untilAnswered(): Decision | Late | undefined {
    const silent = this.seen.loadBalancers.filter(({ problem }) => problem !== undefined);
    if (silent.length === 0) return undefined;
    const reasons = silent.map(({ name, problem }) => `${name} does not answer (${problem})`).join("; ");
    return this.#wait("answer", 0, reasons);
  }

  #standings(tasks: readonly SideTask[]): { task: SideTask; name: string; standing: Standing }[] {
    return this.seen.loadBalancers.flatMap((balancer) =>
      tasks.map((task) => ({ task, name: balancer.name, standing: standingOf(task, balancer) }))
    );
  }

  /** The tasks that get no requests from any load balancer. */
  #drained(tasks: readonly SideTask[]): SideTask[] {
    const { loadBalancers } = this.seen;
    return tasks.filter((task) => loadBalancers.every((one) => standingOf(task, one) !== "serving"));
  }

  /** Waits until tasks have ended their requests, and until old workers, whose requests no statistics show, are gone. */
  #untilIdle(tasks: readonly SideTask[]): Decision | Late | undefined {
    const { loadBalancers } = this.seen;
    const busyAt = (one: LoadBalancer) =>
      tasks.reduce((sum, task) => sum + (serverOf(task, one.servers)?.busy ?? 0), 0);
    const requests = loadBalancers.reduce((sum, one) => sum + busyAt(one), 0);
    const workers = loadBalancers.reduce((sum, one) => sum + one.oldWorkers, 0);
    if (requests === 0 && workers === 0) return undefined;
    const parts = [
      ...requests > 0 ? [`${count(requests, "request")} at drained tasks`] : [],
      ...workers > 0 ? [`${count(workers, "old worker")} of HAProxy`] : [],
    ];
    // Fewer is progress, and long connections never end: they get one time for all.
    return this.#wait(`idle ${this.fresh.instances}`, 0, `waiting for ${parts.join(" and ")} to end`);
  }

  /** Waits until Marathon has ended what it changes of a side: it refuses other changes as long. */
  #untilSettled(side: Side): Decision | Late | undefined {
    return side.deploying ? this.#wait(`settle ${side.id}`, 0, `Marathon is changing ${side.id}`) : undefined;
  }

  /** Deletes a side, and waits until it is gone. */
  #remove(side: Side, force = false): Decision {
    const { removed } = this.memory;
    if (removed === side.id) {
      const wait = this.#wait("remove", 0, `Marathon is deleting ${side.id}`);
      return "late" in wait ? fail(this.memory, `${wait.late}; continue with --resume`) : wait;
    }
    const settled = force ? undefined : this.#untilSettled(side);
    if (settled && !("late" in settled)) return settled;
    const action = { kind: "remove", app: side.id, force: force || settled !== undefined } as const;
    return this.#act(action, { removed: side.id });
  }

  forward(): Decision {
    const { fresh, plan } = this;
    const old = this.old!;
    if (this.memory.removed === old.id) return this.#remove(old);
    const target = targetOf(fresh);
    const counts = plan.intent === "complete" ? [target] : stepCounts(plan.steps, target);
    const final = counts.at(-1)!;
    const spare = Math.min(old.instances, Math.max(0, fresh.instances + old.instances - target));

    // The old side was scaled last then, so that it may count as the new one: what comes next does not wait for servers.
    if (spare === 0 && fresh.instances < final && !fresh.deploying) {
      const to = counts.find((each) => each > fresh.instances)!;
      return this.#act({ kind: "scale", app: fresh.id, from: fresh.instances, to, of: target, force: false });
    }
    const waiting = this.untilServing();
    if (waiting) return "late" in waiting ? this.#turnBack(waiting.late) : waiting;
    if (spare === 0) {
      if (final < target && fresh.instances < target) {
        const said =
          `${fresh.id} serves with ${fresh.instances} of ${count(target, "instance")}, ${old.id} with ` +
          `${old.instances}; end it with --complete-now or --rollback`;
        return this.#act({ kind: "done", said });
      }
      return this.#remove(old);
    }

    const drained = this.#drained(old.tasks);
    const expected = Math.min(spare, old.tasks.length);
    if (drained.length < expected) {
      const reason = `the load balancers drain ${drained.length} of ${count(expected, "task")} of ${old.id}`;
      const wait = this.#wait(`drain ${fresh.instances}`, drained.length, reason);
      return "late" in wait ? this.#turnBack(wait.late) : wait;
    }
    const watched = this.#watched(old);
    if (watched) return watched;
    const ending = drained.slice(0, expected);
    const idle = this.#untilIdle(ending);
    if (idle && !("late" in idle)) return idle;
    if (fresh.instances >= target) return this.#remove(old);
    const settled = this.#untilSettled(old);
    if (settled && !("late" in settled)) return settled;
    const tasks = ending.map(({ id }) => id);
    if (tasks.length > 0) {
      const [force, busy] = [settled !== undefined, idle !== undefined];
      return this.#act({ kind: "kill", app: old.id, tasks, force, busy });
    }
    // Instances without a task: Marathon could not start them.
    const to = old.instances - spare;
    return this.#act({ kind: "scale", app: old.id, from: old.instances, to, of: target, force: true });
  }

  /** Watches the new side for a while; undefined when that is over. */
  #watched(old: Side): Decision | undefined {
    const { fresh, memory, plan, seen } = this;
    if (plan.watch === 0 || plan.intent === "complete") return undefined;
    const before = memory.watch?.instances === fresh.instances ? memory.watch : undefined;
    const counted = countOn(before?.count, seen.loadBalancers, { fresh, old });
    const watch = { instances: fresh.instances, since: before?.since ?? seen.at, count: counted };
    const share = ({ requests, errors }: { requests: number; errors: number }) =>
      errors === 0 ? 0 : 100 * errors / Math.max(requests, errors);
    const [ofFresh, ofOld] = [share(counted.fresh), share(counted.old)];
    const { errors, requests } = counted.fresh;
    if (ofFresh > plan.mostErrors && ofFresh > ofOld) {
      return this.#turnBack(
        `${errors} of ${
          count(Math.max(requests, errors), "request")
        } to ${fresh.id} failed while it was watched`,
      );
    }
    const left = plan.watch - (seen.at - watch.since);
    if (left <= 0) return undefined;
    const reason = `watching ${fresh.id} for ${Math.ceil(left / 1_000)} s: ${errors} of ` +
      `${count(requests, "request")} failed`;
    const { wait: _, ...rest } = memory;
    return { action: { kind: "wait", reason }, memory: { ...rest, watch } };
  }

  #turnBack(reason: string): Decision {
    const { wait: _, watch: __, ...memory } = this.memory;
    const known = { ...memory, rollback: reason };
    return new Stage(this.seen, this.plan, known, this.fresh, this.old).back(reason);
  }

  /** Returns to the old side. It has to be the one scaled last: the load balancer then drains the other. */
  back(reason: string): Decision {
    const { fresh, seen } = this;
    const old = this.old!;
    if (this.memory.removed === fresh.id) return this.#remove(fresh);
    const target = targetOf(fresh);
    const answered = seen.loadBalancers.every(({ problem }) => problem === undefined);
    const serving = this.#standings(fresh.tasks).filter(({ standing }) => standing === "serving").length;
    if (answered && serving === 0 && old.instances === target) {
      const idle = this.#untilIdle(fresh.tasks);
      return idle && !("late" in idle) ? idle : this.#remove(fresh, true);
    }
    // The load balancer counts by the label of the side that was scaled last.
    const whole = Math.max(target, targetOf(old));
    const change = { kind: "scale", app: old.id, from: old.instances, of: target, force: true } as const;
    if (!isReturning({ fresh, old })) {
      return old.instances < whole
        ? this.#act({ ...change, to: whole })
        : this.#act({ kind: "prefer", app: old.id, instances: old.instances });
    }
    const away = this.#untilAnswered();
    if (away) return this.#orFail(away, reason);
    if (serving > 0) {
      const healthy = old.tasks.filter((task) => task.healthy).length;
      const said = `returning to ${old.id}: ${healthy} of ${count(whole, "task")} are healthy, ` +
        `${count(serving, "server")} of ${fresh.id} still used`;
      return this.#orFail(this.#wait("return", healthy - serving, said), reason);
    }
    const idle = this.#untilIdle(fresh.tasks);
    if (idle && !("late" in idle)) return idle;
    if (old.instances > target) return this.#act({ ...change, to: target });
    return this.#remove(fresh, true);
  }

  #orFail(waiting: Decision | Late, reason: string): Decision {
    if (!("late" in waiting)) return waiting;
    return fail(
      this.memory,
      `the rollback (${reason}) cannot end: ${waiting.late}; both sides stay, continue with --rollback`,
    );
  }
}
