import type { ControllerState } from "./ControllerState.ts";
import { type HealthLimits, healthOf } from "./healthOf.ts";
import type { Moment } from "./Moment.ts";

/**
 * One line for `systemctl status`: how much is served, when HAProxy last changed, and what is wrong. It says the same as
 * long as nothing changes.
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
    // Until then nothing is known of what HAProxy has from before.
    lastSuccess ? serving : "No synchronisation has succeeded yet",
    ...(last ? [`HAProxy last changed ${new Date(last.wall).toISOString()}`] : []),
    ...reasons,
  ].join("; ").replaceAll(/\s+/g, " ");
}
