import { randomUUID } from "node:crypto";
import type { RequestListener } from "node:http";
import { type AppDefinition, servicePortsOf } from "../app/AppDefinition.ts";
import { healthChanged, instanceChanged, instanceHealthChanged, statusUpdate } from "../events/taskEvents.ts";
import { pause } from "../pause.ts";
import type { Agent } from "./Agent.ts";
import { answerAsTask } from "./answerAsTask.ts";
import { bindTask, type TaskBinding } from "./bindTask.ts";
import { type HealthResult, nextHealthResult } from "./HealthResult.ts";
import type { TaskState } from "./TaskState.ts";
import type { TaskWorld } from "./TaskWorld.ts";

/** One task: real HTTP servers, and the states it goes through with the events that tell of them. */
export class SimulatedTask {
  readonly id: string;
  readonly instanceId: string;
  readonly appId: string;
  readonly servicePorts: readonly number[];
  readonly healthCheckCount: number;
  /** Whether its readiness check has passed; true for ever without one. */
  isReady: boolean;
  readonly stagedAt: string;
  startedAt?: string;
  /** Absent until the first check, and for ever in apps without health checks. */
  health?: HealthResult;

  #state?: TaskState;
  #binding?: TaskBinding;
  #requests = 0;
  #healthy: boolean;
  /** Aborted when the task is told to end, so that it does not go on to its next state. */
  readonly #life = new AbortController();
  readonly #lifeSignal: AbortSignal;
  readonly #healthPaths: ReadonlySet<string>;

  constructor(
    readonly definition: AppDefinition,
    readonly version: string,
    readonly agent: Agent,
    private readonly world: TaskWorld,
  ) {
    const uuid = randomUUID();
    const name = definition.id.slice(1).replaceAll("/", "_");
    this.id = `${name}.${uuid}`;
    this.instanceId = `${name}.marathon-${uuid}`;
    this.appId = definition.id;
    this.servicePorts = servicePortsOf(definition);
    this.healthCheckCount = definition.healthChecks.length;
    this.isReady = definition.readinessChecks.length === 0;
    this.stagedAt = this.#now();
    this.#healthy = definition.env.SIM_HEALTH !== "false";
    this.#healthPaths = new Set(["/health", ...definition.healthChecks.map((check) => String(check.path))]);
    this.#lifeSignal = AbortSignal.any([world.signal, this.#life.signal]);
  }

  /** Undefined until the task has its ports. */
  get state(): TaskState | undefined {
    return this.#state;
  }

  /** Whether Marathon's answers name the task. */
  get isListed(): boolean {
    return this.#state !== undefined && !this.isOver;
  }

  get isOver(): boolean {
    return this.#state === "TASK_KILLED" || this.#state === "TASK_FAILED";
  }

  /** The task as deployments see it. */
  get phase(): "starting" | "ready" | "ending" {
    if (this.#life.signal.aborted) return "ending";
    const healthy = this.healthCheckCount === 0 || this.health?.alive === true;
    return this.#state === "TASK_RUNNING" && healthy && this.isReady ? "ready" : "starting";
  }

  get ports(): readonly number[] {
    return this.#binding?.ports ?? [];
  }

  get ipAddress(): string {
    return this.#binding?.ipAddress ?? this.agent.host;
  }

  /** Takes its ports and goes through TASK_STAGING to TASK_RUNNING, and to its first health check result. */
  async launch(): Promise<void> {
    const { clock, timings } = this.world;
    try {
      this.#binding = await bindTask(this.definition, this.agent.host, (index) => this.#handler(index));
    } catch (error) {
      this.#life.abort();
      this.#enter(
        "TASK_FAILED",
        `Task of ${this.appId} could not take its ports: ${(error as Error).message}`,
      );
      return;
    }
    if (this.#lifeSignal.aborted) {
      await this.#destroyServers();
      if (!this.world.signal.aborted) this.#enter("TASK_KILLED", "Task was killed before it was staged");
      return;
    }
    this.#enter("TASK_STAGING", "");

    if (!await pause(clock, timings.stagingMs, this.#lifeSignal)) return;
    for (const server of this.#binding.servers) server.open();
    this.startedAt = this.#now();
    this.#enter("TASK_RUNNING", "");

    await Promise.all([this.#becomeReady(), this.#becomeHealthy()]);
  }

  async #becomeReady(): Promise<void> {
    const { clock, timings } = this.world;
    if (!this.isReady && await pause(clock, timings.readyMs, this.#lifeSignal)) this.setReady();
  }

  async #becomeHealthy(): Promise<void> {
    const { clock, timings } = this.world;
    if (this.healthCheckCount === 0 || !await pause(clock, timings.healthyMs, this.#lifeSignal)) return;
    this.setHealth(this.#healthy);
  }

  /** Lets its readiness check pass. No event reports it, as in Marathon. */
  setReady(): void {
    if (this.isReady) return;
    this.isReady = true;
    this.world.changed();
  }

  /** TASK_KILLING, in which it goes on serving; then it stops to listen, ends its requests, and is TASK_KILLED. */
  async kill(): Promise<void> {
    if (this.phase === "ending") return;
    const served = this.#state === "TASK_RUNNING";
    this.#life.abort();
    // Without ports yet, launch() is what notices.
    if (!this.#binding) return;

    const { clock, timings, signal } = this.world;
    this.#enter("TASK_KILLING", "Task was told to end");
    if (served && !await pause(clock, timings.killGraceMs, signal)) return;
    await Promise.all(this.#binding.servers.map((server) => server.close()));
    if (signal.aborted) return;
    this.#enter("TASK_KILLED", "Command terminated with signal Terminated");
  }

  /** Ends it from one moment to the next: connections are reset, and the state is TASK_FAILED. */
  async crash(): Promise<void> {
    if (this.isOver || !this.#binding) return;
    this.#life.abort();
    const destroyed = this.#destroyServers();
    this.#enter("TASK_FAILED", "Command exited with status 1");
    await destroyed;
  }

  /** What the task answers on its health paths from now on, and what Marathon reports where the app has checks. */
  setHealth(alive: boolean): void {
    this.#healthy = alive;
    if (this.healthCheckCount === 0 || this.#state !== "TASK_RUNNING") return;
    const changed = this.health?.alive !== alive;
    this.health = nextHealthResult(this.health, alive, this.#now());
    if (!changed) return;
    this.world.bus.publish(healthChanged(this, alive), instanceHealthChanged(this, alive));
    this.world.changed();
  }

  /** Closes everything without a word, when the simulation ends. */
  async dispose(): Promise<void> {
    this.#life.abort();
    await this.#destroyServers();
  }

  #enter(state: TaskState, message: string): void {
    // A crash during TASK_KILLING was the end; what comes after it in kill() is not news.
    if (this.isOver) return;
    this.#state = state;
    this.world.bus.publish(statusUpdate(this, state, message), instanceChanged(this, state));
    this.world.changed();
  }

  #handler(portIndex: number): RequestListener {
    const identity = { appId: this.appId, id: this.id, version: this.version };
    return (request, response) => {
      const condition = {
        requestCount: ++this.#requests,
        portIndex,
        healthy: this.#healthy,
        healthPaths: this.#healthPaths,
        ending: this.phase === "ending",
        status: Number(this.definition.env.SIM_STATUS) || 200,
      };
      answerAsTask(request, response, identity, condition, this.world.clock, this.world.signal)
        .catch((error) => response.destroy(error));
    };
  }

  async #destroyServers(): Promise<void> {
    await Promise.all((this.#binding?.servers ?? []).map((server) => server.destroy()));
  }

  #now(): string {
    return new Date(this.world.clock.now()).toISOString();
  }
}
