/**
 * What a Marathon tells that has become the leader and speaks with Mesos. Only callbacks have to know it, as an event stream
 * ends with its leader.
 */
export const leaderEvents: readonly string[] = ["scheduler_registered_event", "scheduler_reregistered_event"];

const types = new Set(leaderEvents);

/** Whether an event of this type says that Marathon has a new leader. */
export function isLeaderEvent(eventType: string): boolean {
  return types.has(eventType);
}
