import type { ControllerState } from "./ControllerState.ts";
import type { Moment } from "./Moment.ts";

/** The state of a controller that has just started. @param followsEvents whether there is to be an event stream */
export function initialState(startedAt: Moment, followsEvents: boolean): ControllerState {
  const absent = { up: false, since: startedAt, reason: "it was not there yet" };
  const none = { ok: 0, failed: 0, last: [] };
  return {
    startedAt,
    synchronisations: none,
    reloads: none,
    runtimeUpdates: { ok: 0, failed: 0 },
    haproxy: absent,
    haproxyRestarts: 0,
    marathonErrors: 0,
    eventStream: followsEvents ? absent : undefined,
    eventStreamReconnects: 0,
    events: {},
    apps: 0,
    services: [],
    problems: [],
  };
}
