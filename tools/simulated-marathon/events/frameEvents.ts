import type { MarathonEvent } from "./MarathonEvent.ts";

/**
 * How events of one moment are put into frames of the stream, as seen from Marathon and from proxies before it:
 *
 * - `one-each`: each in its own frame
 * - `data-lines`: all in one frame, as further `data` lines
 * - `bare-lines`: all in one frame, as bare lines after the first
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
