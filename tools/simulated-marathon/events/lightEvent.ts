import { isObject } from "../JsonObject.ts";
import type { MarathonEvent } from "./MarathonEvent.ts";

/** The event with `plan-format=light`: deployment plans without all apps before and after. */
export function lightEvent(event: MarathonEvent): MarathonEvent {
  if (!isObject(event.plan)) return event;
  const { original: _original, target: _target, ...plan } = event.plan;
  return { ...event, plan };
}
