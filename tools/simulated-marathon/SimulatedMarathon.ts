import { systemClock } from "../../lib/shell/system/clock.ts";
import { AppChanges } from "./AppChanges.ts";
import { absoluteAppId } from "./app/appId.ts";
import type { ChangeRequest } from "./ChangeRequest.ts";
import { Cluster } from "./Cluster.ts";
import type { EventListener } from "./events/EventBus.ts";
import { EventStreams } from "./events/EventStreams.ts";
import { EventSubscriptions } from "./events/EventSubscriptions.ts";
import type { MarathonEvent } from "./events/MarathonEvent.ts";
import { Faults } from "./faults/Faults.ts";
import type { Answer } from "./http/Answer.ts";
import { appRoutes } from "./http/appRoutes.ts";
import { controlRoutes } from "./http/controlRoutes.ts";
import { deploymentRoutes } from "./http/deploymentRoutes.ts";
import { eventRoutes } from "./http/eventRoutes.ts";
import { Leadership } from "./http/Leadership.ts";
import { leaderRoutes } from "./http/leaderRoutes.ts";
import { MarathonNode } from "./http/MarathonNode.ts";
import { podRoutes } from "./http/podRoutes.ts";
import { RequestLog } from "./http/RequestLog.ts";
import { taskRoutes } from "./http/taskRoutes.ts";
import type { JsonObject } from "./JsonObject.ts";
import { podAsApp } from "./pod/podJson.ts";
import type { SimulatedMarathonOptions } from "./SimulatedMarathonOptions.ts";
import { agentsAt } from "./task/Agent.ts";
import type { SimulatedTask } from "./task/SimulatedTask.ts";
import { taskJson } from "./task/taskJson.ts";
import { defaultTimings, type Timings } from "./Timings.ts";

/** What a change of apps leads to. */
export interface Change {
  readonly version: string;
  readonly deploymentId: string;
}

/** A Marathon cluster over real HTTP, whose tasks are real HTTP servers. */
export class SimulatedMarathon implements AsyncDisposable {
  readonly faults = new Faults();
  readonly requests = new RequestLog();
  readonly streams: EventStreams;
  readonly subscriptions: EventSubscriptions;
  readonly timings: Timings;
  readonly #cluster: Cluster;
  readonly #changes: AppChanges;
  readonly #leadership = new Leadership();
  readonly #nodes: MarathonNode[];

  private constructor(options: SimulatedMarathonOptions) {
    const clock = options.clock ?? systemClock;
    this.timings = { ...defaultTimings, ...options.timings };
    const { timings, faults, requests } = this;
    const agents = agentsAt(options.taskHosts ?? ["127.0.0.1"]);
    this.#cluster = new Cluster({ clock, timings, agents });
    this.#changes = new AppChanges(this.#cluster, options.servicePorts ?? { min: 10_000, max: 20_000 });
    const { bus, signal } = this.#cluster;
    this.streams = new EventStreams({ bus, clock, timings, framing: options.framing ?? "one-each", signal });
    this.subscriptions = new EventSubscriptions(bus, signal, options.log ?? (() => {}));

    const shared = {
      host: options.host ?? "127.0.0.1",
      tls: options.tls,
      auth: options.auth,
      redirectStatus: options.redirectStatus ?? 307,
      clock,
      faults,
      requests,
      leadership: this.#leadership,
      controlRoutes: controlRoutes(this),
      nodeRoutes: leaderRoutes(this.#leadership, () => this.abdicate()),
      leaderRoutes: [
        ...appRoutes(this.#cluster, this.#changes),
        ...podRoutes(this.#cluster, this.#changes),
        ...taskRoutes(this.#cluster, this.#changes),
        ...deploymentRoutes(this.#cluster, this.#changes),
        ...eventRoutes(bus, this.streams, this.subscriptions),
      ],
      signal,
    };
    const { port = 0, nodes = 1 } = options;
    this.#nodes = Array.from(
      { length: nodes },
      (_, index) => new MarathonNode({ ...shared, index }, port === 0 ? 0 : port + index),
    );
  }

  /** Starts all nodes. Rejects, with nothing left behind, when a port is not to be had. */
  static async start(options: SimulatedMarathonOptions = {}): Promise<SimulatedMarathon> {
    const marathon = new SimulatedMarathon(options);
    try {
      for (const node of marathon.#nodes) await node.start();
    } catch (error) {
      await marathon.stop();
      throw error;
    }
    return marathon;
  }

  /** Ends everything: nodes, streams, tasks with their connections. */
  async stop(): Promise<void> {
    await this.#cluster.dispose();
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Base URL of the first node, such as `http://127.0.0.1:8080`. */
  get url(): string {
    return this.#nodeAt(0).url;
  }

  /** Base URLs of all nodes. */
  get urls(): string[] {
    return this.#nodes.map((node) => node.url);
  }

  get leader(): number | undefined {
    return this.#leadership.leader;
  }

  /** Makes a node the leader, or none; the event streams end, as on every change of leader. */
  setLeader(node: number | undefined): void {
    if (node !== undefined) this.#nodeAt(node);
    this.#leadership.lead(node);
    this.streams.close();
    this.#takeOver();
  }

  /** The next running node becomes the leader. */
  abdicate(): void {
    this.#leadership.abdicate();
    this.streams.close();
    this.#takeOver();
  }

  /** Stops a node: connections to it are refused. A leader hands over to the next one. */
  async stopNode(node: number): Promise<void> {
    const { leader } = this;
    await this.#nodeAt(node).stop();
    if (this.leader !== leader) this.#takeOver();
  }

  /** Starts a stopped node at the port it had. */
  async startNode(node: number): Promise<void> {
    await this.#nodeAt(node).start();
  }

  async createApp(app: JsonObject): Promise<Change> {
    return await accepted(this.#changes.create(app, change("/v2/apps")));
  }

  /** Changes the given members of an app. Anything but `instances` replaces its tasks. */
  async updateApp(id: string, members: JsonObject): Promise<Change> {
    const uri = `/v2/apps${absoluteAppId(id)}`;
    if (!this.#cluster.apps.has(absoluteAppId(id))) throw new RangeError(`There is no app ${id} to change`);
    return await accepted(this.#changes.update([{ ...members, id }], change(uri)));
  }

  async scale(id: string, instances: number): Promise<Change> {
    return await this.updateApp(id, { instances });
  }

  /** Replaces every task by a new one of the same definition. */
  async restart(id: string): Promise<Change> {
    const appId = absoluteAppId(id);
    return await accepted(this.#changes.restart(appId, change(`/v2/apps${appId}/restart`)));
  }

  async deleteApp(id: string): Promise<Change> {
    const appId = absoluteAppId(id);
    return await accepted(this.#changes.remove(appId, change(`/v2/apps${appId}`)));
  }

  async createPod(pod: JsonObject): Promise<Change> {
    return await accepted(this.#changes.create(podAsApp(pod), change("/v2/pods")));
  }

  /** Replaces the definition of a pod; another `scaling` alone replaces no instance. */
  async updatePod(pod: JsonObject): Promise<Change> {
    return await accepted(this.#changes.update([podAsApp(pod)], change(`/v2/pods${pod.id}`)));
  }

  /** Removes a pod with its instances; an id is unique among apps and pods. */
  deletePod(id: string): Promise<Change> {
    return this.deleteApp(id);
  }

  /** Apps to serve as they are, right or wrong, in front of the simulated ones; no event tells of them. */
  setApps(apps: readonly unknown[]): void {
    this.#cluster.fixedApps = apps;
  }

  /** The tasks of one app or of all, as in Marathon's JSON. */
  tasks(appId?: string): JsonObject[] {
    const tasks = this.#cluster.scheduler.tasks;
    return tasks.filter((task) => !appId || task.appId === absoluteAppId(appId)).map(taskJson);
  }

  /** Kills a task with its grace period; it is replaced. */
  async killTask(taskId: string): Promise<void> {
    await this.#taskOf(taskId).kill();
  }

  /** Ends a task from one moment to the next; it is replaced. */
  async crashTask(taskId: string): Promise<void> {
    await this.#taskOf(taskId).crash();
  }

  /** Turns a task's health paths to 200 or 503, and what its app's health checks say with it. It is not killed. */
  setHealth(taskId: string, alive: boolean): void {
    this.#taskOf(taskId).setHealth(alive);
  }

  /** Lets the readiness check of a task pass, before `readyMs` does. */
  setReady(taskId: string): void {
    this.#taskOf(taskId).setReady();
  }

  /** Changes some durations, for whatever begins from now on. Throws a TypeError for one that is none. */
  setTimings(timings: Partial<Timings>): void {
    for (const [name, value] of Object.entries(timings)) {
      if (!(name in defaultTimings) || !(typeof value === "number" && value >= 0)) {
        const names = Object.keys(defaultTimings).join(", ");
        throw new TypeError(
          `Timings are milliseconds by the names ${names}, not ${name}: ${JSON.stringify(value)}`,
        );
      }
    }
    Object.assign(this.timings, timings);
  }

  /** Sends events as they are, in one moment, to the streams that want them and to all callbacks. */
  emit(...events: readonly MarathonEvent[]): void {
    this.streams.send(events);
    this.subscriptions.deliver(events);
  }

  /** Listens to Marathon's own events without HTTP; returns what ends that. */
  onEvents(listener: EventListener): () => void {
    return this.#cluster.bus.subscribe(listener);
  }

  /** Resolves when no deployment is under way and every app runs as defined. */
  settled(): Promise<void> {
    return this.#cluster.settled();
  }

  /** A Marathon that begins to lead registers with Mesos, and tells of it. */
  #takeOver(): void {
    if (this.leader === undefined) return;
    this.#cluster.bus.publish({
      eventType: "scheduler_registered_event",
      frameworkId: "simulated",
      master: new URL(this.#nodeAt(this.leader).url).hostname,
    });
  }

  #nodeAt(index: number): MarathonNode {
    const node = this.#nodes[index];
    if (!node) throw new RangeError(`There is no node ${index}, only 0 to ${this.#nodes.length - 1}`);
    return node;
  }

  #taskOf(id: string): SimulatedTask {
    const task = this.#cluster.scheduler.tasks.find((candidate) => candidate.id === id);
    if (!task) throw new RangeError(`There is no task ${id}`);
    return task;
  }
}

function change(uri: string): ChangeRequest {
  return { clientIp: "127.0.0.1", uri, force: false };
}

/** Rejects with Marathon's own message where it refuses. */
function accepted(answer: Answer): Promise<Change> {
  if (answer.status < 400) return Promise.resolve(answer.body as Change);
  return Promise.reject(new Error(`Marathon refuses with ${answer.status}: ${JSON.stringify(answer.body)}`));
}
