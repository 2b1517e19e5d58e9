import type { Definition } from "../../core/deploy/definition.ts";
import { type Action, type DeployPlan, type Memory, next, nothingYet } from "../../core/deploy/next.ts";
import { type LoadBalancer, type Observation, readSides } from "../../core/deploy/observation.ts";
import { outcomeOf } from "../../core/deploy/text.ts";
import { oneLine } from "../../core/text.ts";
import type { MarathonClient } from "../marathon/client.ts";
import { failuresOf } from "../marathon/failures.ts";
import type { Clock } from "../system/clock.ts";

export interface DeployerParts {
  readonly marathon: Pick<MarathonClient, "get" | "send" | "delete">;
  readonly loadBalancers: { look(definition: Definition, signal: AbortSignal): Promise<LoadBalancer[]> };
  readonly clock: Clock;
  /**
   * Gets each action before it is carried out, waits included.
   *
   * @param look what led to it; undefined when Marathon did not answer
   */
  readonly tell: (action: Action, look?: Look) => void | Promise<void>;
}

/** What was seen, and what is remembered of it. */
export interface Look {
  readonly seen: Observation;
  readonly memory: Memory;
}

/** Bytes that an answer with the apps of a group, or with all apps, may have. */
const mostBytes = 512 * 2 ** 20;

/** Milliseconds between two looks: short after a change, longer while nothing happens. */
const [shortPause, longPause] = [200, 2_000];

/** What there is now. Load balancers are not asked with `dry`. */
export async function observe(
  definition: Definition,
  { marathon, loadBalancers, clock }: Omit<DeployerParts, "tell">,
  signal: AbortSignal,
): Promise<Observation> {
  const [answer, balancers] = await Promise.all([
    marathon.get(appsPath(definition), signal, mostBytes),
    loadBalancers.look(definition, signal),
  ]);
  const sides = readSides(answer, definition);
  const namesake = sides.sides.length === 0 &&
    (sides.namesake || await hasNamesake(definition, marathon, signal));
  return { at: clock.monotonic(), ...sides, namesake, loadBalancers: balancers };
}

/** All apps of the group, with what says how far their tasks are. Marathon selects by labels where their texts allow it. */
function appsPath({ group }: Definition): string {
  const selector = /^[A-Za-z0-9._-]+$/.test(group)
    ? `label=${encodeURIComponent(`HAPROXY_DEPLOYMENT_GROUP==${group}`)}&`
    : "";
  return `/v2/apps?${selector}embed=apps.tasks&embed=apps.readiness`;
}

async function hasNamesake(
  { id }: Definition,
  marathon: DeployerParts["marathon"],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await marathon.get(appPath(id), signal, mostBytes);
    return true;
  } catch (error) {
    const failures = failuresOf(error);
    if (failures.length > 0 && failures.every(({ status }) => status === 404)) return false;
    throw error;
  }
}

function appPath(id: string): string {
  return `/v2/apps${id.split("/").map(encodeURIComponent).join("/")}`;
}

/**
 * Deploys: looks, decides and acts until it has ended, and resolves to the action that ended it.
 *
 * @throws {Error} of one line when Marathon cannot be asked at first, or the signal is aborted
 */
export async function deploy(plan: DeployPlan, parts: DeployerParts, signal: AbortSignal): Promise<Action> {
  const { clock, tell } = parts;
  let memory: Memory = nothingYet;
  let pause = shortPause;
  let failingSince: number | undefined;
  let begun = false;
  /** Reports a failure that may pass; after too long, how the deployment ends. */
  const retry = async (error: unknown): Promise<Action | undefined> => {
    signal.throwIfAborted();
    if (!begun || !mayPass(error)) throw error;
    failingSince ??= clock.monotonic();
    const reason = oneLine(error);
    if (clock.monotonic() - failingSince >= plan.patience) {
      return { kind: "fail", reason: `${reason} Continue with --resume.` };
    }
    await tell({ kind: "wait", reason });
  };
  while (true) {
    try {
      const seen = await observe(plan.definition, parts, signal);
      const decision = next(seen, plan, memory, clock.now());
      const { action } = decision;
      if (outcomeOf(action)) return action;
      begun = true;
      await tell(action, { seen, memory: decision.memory });
      // An app that was asked for may be there, even without an answer.
      if (action.kind === "create") memory = decision.memory;
      if (action.kind !== "wait") {
        await carryOut(action, parts.marathon, signal);
        pause = shortPause;
      }
      memory = decision.memory;
      failingSince = undefined;
    } catch (error) {
      const end = await retry(error);
      if (end) return end;
    }
    await clock.sleep(pause, signal);
    pause = Math.min(longPause, pause * 1.5);
  }
}

/** Answers that another request may not get: Marathon is busy with the app, restarts, or has no leader. */
function mayPass(error: unknown): boolean {
  const failures = failuresOf(error);
  return failures.length > 0 &&
    failures.some(({ status }) =>
      status === undefined || status >= 500 || [404, 408, 409, 429].includes(status)
    );
}

async function carryOut(
  action: Action,
  marathon: DeployerParts["marathon"],
  signal: AbortSignal,
): Promise<void> {
  const forced = (force: boolean) => force ? "?force=true" : "";
  switch (action.kind) {
    case "create":
      await marathon.send("POST", "/v2/apps", action.app, signal);
      return;
    case "scale":
      await marathon.send(
        "PUT",
        appPath(action.app) + forced(action.force),
        { instances: action.to },
        signal,
      );
      return;
    case "prefer": {
      const [more, same] = [action.instances + 1, action.instances].map((instances) => ({ instances }));
      const path = `${appPath(action.app)}?force=true`;
      await marathon.send("PUT", path, more, signal);
      // Before the task runs that the first one asks for: one that serves would have to be drained.
      await marathon.send("PUT", path, same, signal);
      return;
    }
    case "kill": {
      const path = `/v2/tasks/delete?scale=true${action.force ? "&force=true" : ""}`;
      await marathon.send("POST", path, { ids: action.tasks }, signal);
      return;
    }
    case "remove":
      await marathon.delete(appPath(action.app) + forced(action.force), signal);
      return;
  }
}
