import {
  type ControllerState,
  initialState,
  type Moment,
  type SynchronisationRecord,
} from "../../../../lib/core/status/state.ts";

/** So many seconds after the start, by both clocks. */
export function at(seconds: number): Moment {
  return { wall: 1_600_000_000_000 + seconds * 1000, monotonic: 5_000 + seconds * 1000 };
}

/** A synchronisation that ended then. */
export function syncAt(seconds: number, rest: Partial<SynchronisationRecord> = {}): SynchronisationRecord {
  const durations = { fetch: 1_500, generate: 20, validate: 300, apply: 80 };
  return { at: at(seconds), reasons: ["a test"], outcome: "nothing", changes: [], durations, ...rest };
}

/** The state of a controller that was started at second 0, where HAProxy and the event stream are there since second 1. */
export function stateOf(rest: Partial<ControllerState> = {}): ControllerState {
  const up = { up: true, since: at(1) };
  return { ...initialState(at(0), "stream"), haproxy: up, eventStream: up, lastSuccess: syncAt(1), ...rest };
}
