import type { MarathonEvent } from "./MarathonEvent.ts";

/**
 * How events that happen at one moment are put into frames of the stream: each in its own, or all in one, as further
 * `data` lines or as bare lines after the first (what Marathon and proxies before it have been seen to send).
 */
export const framings = ["one-each", "data-lines", "bare-lines"] as const;
export type Framing = typeof framings[number];

/** Server-sent events with the line ends Marathon uses; a frame of several events is named after the first. */
export function frameEvents(events: readonly MarathonEvent[], framing: Framing): string {
  if (events.length === 0) return "";
  const lines = events.map((event) => JSON.stringify(event));
  switch (framing) {
    case "one-each":
      return events.map((event, i) => frame(event.eventType, `data: ${lines[i]}`)).join("");
    case "data-lines":
      return frame(events[0]?.eventType, lines.map((line) => `data: ${line}`).join("\r\n"));
    case "bare-lines":
      return frame(events[0]?.eventType, `data: ${lines.join("\r\n")}`);
  }
}

function frame(eventType: unknown, data: string): string {
  return `event: ${eventType}\r\n${data}\r\n\r\n`;
}
