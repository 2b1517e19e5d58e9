import type { MarathonEvent } from "../../tools/simulated-marathon/events/MarathonEvent.ts";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";

/** Resolves with the next of Marathon's own events that has all the given members. */
export function untilEvent(
  marathon: SimulatedMarathon,
  members: Partial<MarathonEvent>,
): Promise<MarathonEvent> {
  return new Promise((resolve) => {
    const stop = marathon.onEvents((events) => {
      const found = events.find((event) =>
        Object.entries(members).every(([name, value]) => event[name] === value)
      );
      if (!found) return;
      stop();
      resolve(found);
    });
  });
}
