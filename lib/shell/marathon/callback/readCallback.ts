/**
 * The type of the event in the body of a callback: one JSON object, with an `eventType`; undefined for anything else.
 * Nothing but the type is kept, since an event only says that something may have changed.
 */
export function readCallback(body: string): string | undefined {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof event !== "object" || event === null || !("eventType" in event)) return undefined;
  const { eventType } = event;
  return typeof eventType === "string" && eventType !== "" ? eventType : undefined;
}
