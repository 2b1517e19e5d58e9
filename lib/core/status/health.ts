import type { ControllerState, Moment, Presence } from "./state.ts";

export interface Health {
  readonly healthy: boolean;
  /** One sentence for each fault. */
  readonly reasons: readonly string[];
}

/** The tolerated durations, in milliseconds. */
export interface HealthLimits {
  /** How long synchronisations may fail, or the event stream may be disconnected (`--health-after`). */
  readonly failing: number;
  /** How long one stage of a synchronisation may take. */
  readonly stage: number;
  /** How long there may be no successful synchronisation, even if none has failed. */
  readonly stale: number;
}

/** Whether the controller keeps a running HAProxy in step with Marathon. */
export function healthOf(state: ControllerState, now: Moment, limits: HealthLimits): Health {
  const checks = [haproxyDown, reloadFailed, failingForLong, stageLasts, stale, disconnected, alarmed];
  const reasons = checks.flatMap((check) => check(state, now, limits) ?? []);
  return { healthy: reasons.length === 0, reasons };
}

type Check = (
  state: ControllerState,
  now: Moment,
  limits: HealthLimits,
) => string | readonly string[] | undefined;

const haproxyDown: Check = ({ haproxy }) =>
  haproxy.up ? undefined : `HAProxy does not run: ${haproxy.reason ?? "it has ended"}`;

const reloadFailed: Check = ({ reloads: { last: [reload] }, lastSuccess }) => {
  if (reload?.failure === undefined) return undefined;
  // A later synchronisation found the running configuration right, or corrected it.
  if (lastSuccess && lastSuccess.at.monotonic > reload.at.monotonic) return undefined;
  return `The last reload of HAProxy failed: ${reload.failure}`;
};

const failingForLong: Check = ({ failingSince, synchronisations: { last: [newest] } }, now, limits) => {
  if (!failingSince || since(failingSince, now) < limits.failing) return undefined;
  const { stage, message } = newest?.failure ?? {};
  const what = stage === "fetch" ? "Marathon has given no answer" : "No synchronisation has succeeded";
  return `${what} for ${seconds(failingSince, now)} s: ${message}`;
};

const stageLasts: Check = ({ stage }, now, limits) => {
  if (!stage || since(stage.since, now) < limits.stage) return undefined;
  return `The stage "${stage.name}" of a synchronisation has lasted ${seconds(stage.since, now)} s`;
};

const stale: Check = ({ lastSuccess, startedAt, failingSince }, now, limits) => {
  const last = lastSuccess?.at ?? startedAt;
  if (failingSince || since(last, now) < limits.stale) return undefined;
  return `No synchronisation has ended for ${seconds(last, now)} s`;
};

const disconnected: Check = ({ eventStream, eventSource, clusterStreams }, now, limits) => {
  const isAway = ({ up, since: then }: Presence) => !up && since(then, now) >= limits.failing;
  const sentence = (what: string, { since: then, reason }: Presence) =>
    `There has been no ${what} for ${seconds(then, now)} s: ${reason}`;
  const others = Object.entries(clusterStreams).flatMap(([name, stream]) =>
    isAway(stream) ? [sentence(`event stream of --cluster ${name}`, stream)] : []
  );
  // Without its callbacks, Marathon is still polled (`--poll-interval`), so that changes are not missed.
  if (eventSource === "callbacks" || !eventStream || !isAway(eventStream)) return others;
  return [sentence("event stream", eventStream), ...others];
};

const alarmed: Check = ({ alarms }) => alarms.map(({ message }) => message);

function since(then: Moment, now: Moment): number {
  return now.monotonic - then.monotonic;
}

function seconds(then: Moment, now: Moment): number {
  return Math.floor(since(then, now) / 1000);
}

/**
 * One line for `systemctl status`: how much is served, when HAProxy last changed, and what is wrong. It stays the same
 * until something changes.
 */
export function statusLine(state: ControllerState, now: Moment, limits: HealthLimits): string {
  const { services, apps, haproxy, reloads, runtimeUpdates, lastSuccess } = state;
  const outcomes = [reloads, ...Object.values(runtimeUpdates)];
  const good = outcomes.flatMap(({ last }) => last.find(({ failure }) => failure === undefined)?.at ?? []);
  const changes = haproxy.up ? [...good, haproxy.since] : good;
  const last = changes.reduce<Moment | undefined>(
    (latest, at) => latest && latest.monotonic >= at.monotonic ? latest : at,
    undefined,
  );
  const { reasons } = healthOf(state, now, limits);
  const serving = `${haproxy.up ? "Serving" : "Not serving"} ${services.length} services of ${apps} apps`;
  return [
    // Until then it is unknown what HAProxy serves from before.
    lastSuccess ? serving : "No synchronisation has succeeded yet",
    ...(last ? [`HAProxy last changed ${new Date(last.wall).toISOString()}`] : []),
    ...reasons,
  ].join("; ").replaceAll(/\s+/g, " ");
}
