import type { ControllerState } from "./ControllerState.ts";
import type { EventSource } from "./EventSource.ts";
import type { Moment } from "./Moment.ts";

/** The state of a controller that has just started. @param eventSource by what events are to come; undefined: by nothing */
export function initialState(startedAt: Moment, eventSource: EventSource | undefined): ControllerState {
  const absent = { up: false, since: startedAt, reason: "it was not there yet" };
  const none = { ok: 0, failed: 0, last: [] };
  return {
    startedAt,
    synchronisations: none,
    reloads: none,
    runtimeUpdates: { certificates: none, servers: none },
    runtimeCommands: 0,
    runtimeFallbacks: 0,
    fetches: { all: 0, some: 0 },
    disagreements: 0,
    haproxy: absent,
    haproxyRestarts: 0,
    marathonErrors: 0,
    eventStream: eventSource && absent,
    eventSource,
    eventStreamReconnects: 0,
    events: {},
    apps: 0,
    services: [],
    problems: [],
  };
}
