/** A kind of event of Marathon's event bus that may change what HAProxy has to know, and why it does. */
export interface RelevantEvent {
  eventType: string;
  reason: string;
}

/** The only kinds that are asked of Marathon and that lead to a synchronisation. */
export const relevantEvents: readonly RelevantEvent[] = [
  { eventType: "api_post_event", reason: "an app was created or its definition (labels, ports) changed" },
  { eventType: "app_terminated_event", reason: "an app was removed" },
  { eventType: "status_update_event", reason: "a task was staged, runs or ended" },
  {
    eventType: "instance_changed_event",
    reason: "an instance of an app came, changed its state or went (the newer name)",
  },
  {
    eventType: "unknown_instance_terminated_event",
    reason: "an instance ended that Marathon no longer knew",
  },
  { eventType: "health_status_changed_event", reason: "a task became healthy or unhealthy" },
  {
    eventType: "instance_health_changed_event",
    reason: "an instance became healthy or unhealthy (the newer name)",
  },
];

const types = new Set(relevantEvents.map(({ eventType }) => eventType));

/** Whether an event of this type leads to a synchronisation. An old Marathon sends all types, whatever it was asked for. */
export function isRelevantEvent(eventType: string): boolean {
  return types.has(eventType);
}

/** The path and query of the event stream: only the kinds that matter, and deployments without their whole plan. */
export const eventStreamPath = "/v2/events?plan-format=light" +
  relevantEvents.map(({ eventType }) => `&event_type=${eventType}`).join("");
