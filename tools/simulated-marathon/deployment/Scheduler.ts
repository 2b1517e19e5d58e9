import { isConverged, isOutdated, type RunningApp } from "../app/RunningApp.ts";
import { pause } from "../pause.ts";
import type { Agent } from "../task/Agent.ts";
import { SimulatedTask } from "../task/SimulatedTask.ts";
import type { TaskWorld } from "../task/TaskWorld.ts";
import { planRollout } from "./planRollout.ts";

/** Keeps every app's tasks as its definition wants them: after every change it takes the next step of the rollout. */
export class Scheduler {
  readonly apps = new Map<string, RunningApp>();
  readonly #world: TaskWorld;
  readonly #disposals: Promise<void>[] = [];
  #launches = 0;
  #awake = false;

  /** `stepped` is called after every round, when all apps have taken their step. */
  constructor(
    world: Omit<TaskWorld, "changed">,
    private readonly agents: readonly Agent[],
    private readonly stepped: () => void,
  ) {
    this.#world = { ...world, changed: () => this.wake() };
  }

  /** All tasks that Marathon's answers name. */
  get tasks(): SimulatedTask[] {
    return [...this.apps.values()].flatMap((app) => app.tasks).filter((task) => task.isListed);
  }

  get isConverged(): boolean {
    return [...this.apps.values()].every(isConverged);
  }

  /** Asks for a round soon; changes that come together share one. */
  wake(): void {
    if (this.#awake || this.#world.signal.aborted) return;
    this.#awake = true;
    queueMicrotask(() => {
      this.#awake = false;
      for (const app of [...this.apps.values()]) this.#step(app);
      this.stepped();
    });
  }

  /** Closes all tasks' servers. The signal of the world must be aborted before. */
  async dispose(): Promise<void> {
    await Promise.all([...this.apps.values()].flatMap((app) => app.tasks.map((task) => task.dispose())));
    await Promise.all(this.#disposals);
  }

  #step(app: RunningApp): void {
    if (this.#world.signal.aborted) return;
    const failed = app.tasks.some((task) => task.state === "TASK_FAILED");
    app.tasks = app.tasks.filter((task) => !task.isOver);
    if (failed) this.#backOff(app);

    const plan = planRollout(
      app.tasks.map((task) => ({ task, phase: task.phase, outdated: isOutdated(app, task) })),
      app.deleting ? 0 : app.definition.instances,
      app.definition.upgradeStrategy,
    );
    for (const { task } of plan.kill) this.#track(task.kill());
    const start = app.backingOff ? 0 : plan.start;
    for (let started = 0; started < start; started++) this.#launch(app);
    if (app.deleting && app.tasks.length === 0) {
      this.apps.delete(app.definition.id);
      this.#world.bus.publish({ eventType: "app_terminated_event", appId: app.definition.id });
    }
  }

  #launch(app: RunningApp): void {
    const agent = this.agents[this.#launches++ % this.agents.length];
    if (!agent) {
      throw new RangeError("A task needs an agent to run on, and there is none; give at least one task host");
    }
    const task = new SimulatedTask(app.definition, app.version, agent, this.#world);
    app.tasks.push(task);
    this.#track(task.launch());
  }

  #backOff(app: RunningApp): void {
    if (app.backingOff) return;
    app.backingOff = true;
    const { clock, timings, signal } = this.#world;
    this.#track(
      pause(clock, timings.relaunchMs, signal).then(() => {
        app.backingOff = false;
        this.wake();
      }),
    );
  }

  /** Remembers what is under way, so that dispose() leaves nothing behind. */
  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#disposals.splice(this.#disposals.indexOf(tracked), 1));
    this.#disposals.push(tracked);
  }
}
