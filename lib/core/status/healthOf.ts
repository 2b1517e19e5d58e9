import type { ControllerState } from "./ControllerState.ts";
import type { Moment } from "./Moment.ts";

export interface Health {
  readonly healthy: boolean;
  /** One sentence for each thing that is wrong. */
  readonly reasons: readonly string[];
}

/** What is tolerated, in milliseconds. */
export interface HealthLimits {
  /** How long synchronisations may fail, and the event stream be disconnected (`--health-after`). */
  readonly failing: number;
  /** How long there may be no successful synchronisation at all, also if none has failed. */
  readonly stale: number;
}

/** Whether the controller does its work: keeps a running HAProxy in step with Marathon. */
export function healthOf(state: ControllerState, now: Moment, limits: HealthLimits): Health {
  const checks = [haproxyDown, reloadFailed, failingForLong, stale, disconnected];
  const reasons = checks.flatMap((check) => check(state, now, limits) ?? []);
  return { healthy: reasons.length === 0, reasons };
}

type Check = (state: ControllerState, now: Moment, limits: HealthLimits) => string | undefined;

const haproxyDown: Check = ({ haproxy }) =>
  haproxy.up ? undefined : `HAProxy does not run: ${haproxy.reason ?? "it has ended"}`;

const reloadFailed: Check = ({ reloads: { last: [reload] }, lastSuccess }) => {
  if (reload?.failure === undefined) return undefined;
  // A synchronisation after it found what runs to be right, or made it so.
  if (lastSuccess && lastSuccess.at.monotonic > reload.at.monotonic) return undefined;
  return `The last reload of HAProxy failed: ${reload.failure}`;
};

const failingForLong: Check = ({ failingSince, synchronisations: { last: [newest] } }, now, limits) => {
  if (!failingSince || since(failingSince, now) < limits.failing) return undefined;
  const { stage, message } = newest?.failure ?? {};
  const what = stage === "fetch" ? "Marathon has given no answer" : "No synchronisation has succeeded";
  return `${what} for ${seconds(failingSince, now)} s: ${message}`;
};

const stale: Check = ({ lastSuccess, startedAt, failingSince }, now, limits) => {
  const last = lastSuccess?.at ?? startedAt;
  if (failingSince || since(last, now) < limits.stale) return undefined;
  return `No synchronisation has ended for ${seconds(last, now)} s`;
};

const disconnected: Check = ({ eventStream, eventSource }, now, limits) => {
  // Without its callbacks Marathon is polled (`--poll-interval`): what it says is followed all the same.
  if (eventSource === "callbacks") return undefined;
  if (!eventStream || eventStream.up || since(eventStream.since, now) < limits.failing) return undefined;
  return `There has been no event stream for ${seconds(eventStream.since, now)} s: ${eventStream.reason}`;
};

function since(then: Moment, now: Moment): number {
  return now.monotonic - then.monotonic;
}

function seconds(then: Moment, now: Moment): number {
  return Math.floor(since(then, now) / 1000);
}
