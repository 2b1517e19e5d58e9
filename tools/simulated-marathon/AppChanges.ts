import { type AppDefinition, servicePortsOf } from "./app/AppDefinition.ts";
import { assignServicePorts, type PortRange } from "./app/assignServicePorts.ts";
import { completeApp } from "./app/completeApp.ts";
import { isScaling } from "./app/isScaling.ts";
import { readWantedApp, type WantedApp } from "./app/readWantedApp.ts";
import { validateApp } from "./app/validateApp.ts";
import type { ChangeRequest } from "./ChangeRequest.ts";
import type { Cluster } from "./Cluster.ts";
import type { DeploymentChange } from "./deployment/Deployment.ts";
import { type Answer, noSuchApp, refusal } from "./http/Answer.ts";
import type { JsonObject } from "./JsonObject.ts";
import { taskJson } from "./task/taskJson.ts";

/** The changes Marathon's API makes of a cluster, each answered as Marathon does. */
export class AppChanges {
  /** `servicePorts` is where service ports given as 0 come from. */
  constructor(private readonly cluster: Cluster, private readonly servicePorts: PortRange) {}

  create(input: unknown, request: ChangeRequest): Answer {
    const wanted = readWantedApp(input);
    if (this.cluster.apps.has(wanted.id)) {
      return refusal(409, `An app with id [${wanted.id}] already exists.`);
    }
    return this.#deploy([wanted], request);
  }

  /** Changes the given members of each app; an app that is not there yet is created. */
  update(inputs: readonly unknown[], request: ChangeRequest): Answer {
    return this.#deploy(inputs.map(readWantedApp), request);
  }

  /** Replaces every task by a new one of the same definition. */
  restart(id: string, request: ChangeRequest): Answer {
    const app = this.cluster.apps.get(id);
    if (!app) return noSuchApp(id);
    const refused = this.cluster.unlock([id], request.force);
    if (refused) return refused;
    return this.cluster.begin(
      [{ action: "RestartApplication", appId: id, before: app.definition }],
      request,
      (version) => {
        Object.assign(app, { version, lastConfigChangeAt: version });
      },
    );
  }

  remove(id: string, request: ChangeRequest): Answer {
    const app = this.cluster.apps.get(id);
    if (!app) return noSuchApp(id);
    const refused = this.cluster.unlock([id], request.force);
    if (refused) return refused;
    return this.cluster.begin(
      [{ action: "StopApplication", appId: id, before: app.definition }],
      request,
      () => {
        app.deleting = true;
      },
    );
  }

  /** Kills tasks. They are replaced, unless `scale` takes them off the number of instances. */
  killTasks(ids: readonly string[], scale: boolean, request: ChangeRequest): Answer {
    const tasks = this.cluster.scheduler.tasks.filter((task) => ids.includes(task.id));
    if (!scale) {
      for (const task of tasks) void task.kill();
      return { status: 200, body: { tasks: tasks.map(taskJson) } };
    }
    const appIds = [...new Set(tasks.map((task) => task.appId))];
    const inputs = appIds.map((id) => {
      const instances = this.cluster.apps.get(id)?.definition.instances ?? 0;
      return { id, instances: Math.max(0, instances - tasks.filter((task) => task.appId === id).length) };
    });
    const answer = this.update(inputs, request);
    if (answer.status >= 400) return answer;
    for (const task of tasks) void task.kill();
    return answer;
  }

  /** Cancels a deployment; without `force` its changes are taken back by another one. */
  cancelDeployment(id: string, request: ChangeRequest): Answer {
    const deployment = this.cluster.deployments.all.find((candidate) => candidate.id === id);
    if (!deployment) return refusal(404, `DeploymentPlan ${id} does not exist`);
    this.cluster.deployments.cancel([id]);
    if (request.force) return { status: 202 };
    const created = deployment.changes.filter((change) => !change.before);
    const changed = deployment.changes.flatMap((change) => change.before ?? []);
    return this.cluster.begin(
      deployment.changes.map(({ appId, before }) => ({
        action: before ? "RestartApplication" : "StopApplication",
        appId,
        before: this.cluster.apps.get(appId)?.definition,
      })),
      request,
      (version) => {
        for (const { appId } of created) this.cluster.appOf(appId).deleting = true;
        for (const definition of changed) this.cluster.apply(definition, version);
      },
    );
  }

  #deploy(wanted: readonly WantedApp[], request: ChangeRequest): Answer {
    const details = wanted.flatMap(({ input }) => validateApp(input));
    if (details.length > 0) return refusal(422, "Object is not valid", { details });
    const refused = this.cluster.unlock(wanted.map(({ id }) => id), request.force);
    if (refused) return refused;

    const definitions: AppDefinition[] = [];
    try {
      for (const { id, input } of wanted) definitions.push(this.#complete(id, input, definitions));
    } catch (error) {
      if (error instanceof RangeError) return refusal(422, error.message);
      throw error;
    }
    const changes = definitions.map((definition): DeploymentChange => {
      const before = this.cluster.apps.get(definition.id)?.definition;
      if (!before) return { action: "StartApplication", appId: definition.id };
      const action = isScaling(before, definition) ? "ScaleApplication" : "RestartApplication";
      return { action, appId: definition.id, before };
    });
    return this.cluster.begin(changes, request, (version) => {
      for (const definition of definitions) this.cluster.apply(definition, version);
    });
  }

  /** Merges what is wanted over what is there, and assigns service ports that nobody else has. */
  #complete(id: string, input: JsonObject, others: readonly AppDefinition[]): AppDefinition {
    const before = this.cluster.apps.get(id)?.definition;
    const taken = [...this.cluster.apps.values()].map((app) => app.definition).concat(others)
      .filter((definition) => definition.id !== id).flatMap(servicePortsOf);
    const previous = before ? servicePortsOf(before) : [];
    return completeApp(
      { ...before, ...input },
      (ports) => assignServicePorts(ports, previous, new Set(taken), this.servicePorts),
    );
  }
}
