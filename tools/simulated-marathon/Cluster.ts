import { randomUUID } from "node:crypto";
import type { Clock } from "../../lib/shell/system/clock.ts";
import type { AppDefinition } from "./app/AppDefinition.ts";
import { isScaling } from "./app/isScaling.ts";
import type { RunningApp } from "./app/RunningApp.ts";
import type { ChangeRequest } from "./ChangeRequest.ts";
import type { Deployment, DeploymentChange } from "./deployment/Deployment.ts";
import { Deployments } from "./deployment/Deployments.ts";
import { Scheduler } from "./deployment/Scheduler.ts";
import { EventBus } from "./events/EventBus.ts";
import { type Answer, refusal } from "./http/Answer.ts";
import { isPod } from "./pod/podJson.ts";
import type { Agent } from "./task/Agent.ts";
import type { Timings } from "./Timings.ts";

const podEvents: Readonly<Record<DeploymentChange["action"], string>> = {
  StartApplication: "pod_created_event",
  ScaleApplication: "pod_updated_event",
  RestartApplication: "pod_updated_event",
  StopApplication: "pod_deleted_event",
};

export interface ClusterOptions {
  readonly clock: Clock;
  readonly timings: Timings;
  readonly agents: readonly Agent[];
}

/** The state all Marathon nodes share: apps, tasks and deployments. */
export class Cluster {
  readonly bus: EventBus;
  readonly scheduler: Scheduler;
  readonly deployments: Deployments;
  /** Apps served verbatim, with `tasks`, in front of the simulated ones. */
  fixedApps: readonly unknown[] = [];

  readonly #options: ClusterOptions;
  readonly #ending = new AbortController();
  #waiting: (() => void)[] = [];
  #lastVersion = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { clock, timings, agents } = options;
    this.bus = new EventBus(clock);
    this.deployments = new Deployments(this.bus);
    const world = { clock, timings, bus: this.bus, signal: this.#ending.signal };
    this.scheduler = new Scheduler(world, agents, () => this.#stepped());
  }

  /** Aborted when the simulation ends. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get apps(): ReadonlyMap<string, RunningApp> {
    return this.scheduler.apps;
  }

  /** Resolves when no deployment is under way and every app runs as defined. */
  settled(): Promise<void> {
    if (this.#isSettled || this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async dispose(): Promise<void> {
    this.#ending.abort(new Error("The simulated Marathon is stopping"));
    await this.scheduler.dispose();
    this.#wakeWaiting();
  }

  /** Makes `definition` what is wanted from `version` on. */
  apply(definition: AppDefinition, version: string): void {
    const app = this.apps.get(definition.id);
    if (!app) {
      this.scheduler.apps.set(definition.id, {
        definition,
        version,
        lastScalingAt: version,
        lastConfigChangeAt: version,
        deleting: false,
        backingOff: false,
        tasks: [],
      });
      return;
    }
    if (!isScaling(app.definition, definition)) app.lastConfigChangeAt = version;
    Object.assign(app, { definition, version, lastScalingAt: version, deleting: false });
  }

  /** Cancels what locks the apps where forced; refuses where not. */
  unlock(appIds: readonly string[], force: boolean): Answer | undefined {
    const locks = [...new Set(appIds.flatMap((id) => this.deployments.of(id)))];
    if (locks.length > 0 && !force) {
      return refusal(
        409,
        "App is locked by one or more deployments. Override with the option '?force=true'. " +
          "View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
        { deployments: locks.map((id) => ({ id })) },
      );
    }
    this.deployments.cancel(locks);
    return undefined;
  }

  /** Applies changes, publishes what Marathon tells of them, and begins to roll them out; the answer names the deployment. */
  begin(
    changes: readonly DeploymentChange[],
    request: ChangeRequest,
    apply: (version: string) => void,
  ): Answer {
    const version = this.#nextVersion();
    const original = this.#definitions();
    apply(version);
    for (const { appId, action } of changes) {
      const { clientIp, uri } = request;
      if (isPod(this.appOf(appId).definition)) {
        this.bus.publish({ eventType: podEvents[action], clientIp, uri });
        continue;
      }
      const appDefinition = { ...this.appOf(appId).definition, version };
      this.bus.publish({ eventType: "api_post_event", clientIp, uri, appDefinition });
    }
    const deployment: Deployment = {
      id: randomUUID(),
      version,
      changes,
      original,
      target: this.#definitions(),
    };
    this.deployments.begin(deployment);
    this.scheduler.wake();
    const created = changes.every((change) => change.action === "StartApplication");
    return {
      status: created ? 201 : 200,
      body: { version, deploymentId: deployment.id },
      headers: { "Marathon-Deployment-Id": deployment.id },
    };
  }

  /** Throws for an app that is not there: only changes under way ask, and they lock it. */
  appOf(id: string): RunningApp {
    const app = this.apps.get(id);
    if (!app) throw new Error(`The app ${id} is gone in the middle of its deployment`);
    return app;
  }

  #definitions(): AppDefinition[] {
    return [...this.apps.values()].filter((app) => !app.deleting).map((app) => app.definition);
  }

  /** The time, made later where two changes fall into one millisecond. */
  #nextVersion(): string {
    this.#lastVersion = Math.max(this.#options.clock.now(), this.#lastVersion + 1);
    return new Date(this.#lastVersion).toISOString();
  }

  get #isSettled(): boolean {
    return this.deployments.all.length === 0 && this.scheduler.isConverged;
  }

  #stepped(): void {
    this.deployments.endFinished(this.apps);
    if (this.#isSettled) this.#wakeWaiting();
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
