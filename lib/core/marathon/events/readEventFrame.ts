/** An event of Marathon's event bus, as far as it matters here. */
export interface MarathonEvent {
  eventType: string;
  /** The app it is about, where the event states one. */
  appId?: string;
}

/** One frame of a server-sent event stream: its data lines joined by line feeds, and the name of its `event:` line. */
export interface EventFrame {
  event?: string;
  data: string;
}

/**
 * Reads the events of a frame. Most frames hold one JSON object; it may be spread over several lines, and several objects
 * may come in one frame, each on its line. An object without `eventType` has the frame's name. What cannot be read is told
 * in `problems` without its content, because app definitions hold secrets. Never throws.
 */
export function readEventFrame(frame: EventFrame): { events: MarathonEvent[]; problems: string[] } {
  const events: MarathonEvent[] = [];
  const problems: string[] = [];
  for (const json of splitObjects(frame.data)) {
    const event = readEvent(json.value, frame.event);
    if (event) events.push(event);
    else problems.push(describeProblem(json, frame.event));
  }
  return { events, problems };
}

interface Parsed {
  text: string;
  /** `undefined` when the text is not JSON. */
  value: unknown;
}

function splitObjects(data: string): Parsed[] {
  const whole = parse(data);
  if (whole.value !== undefined) return [whole];
  return data.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "").map(parse);
}

function parse(text: string): Parsed {
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    // The parser's message quotes the text; that it is not JSON says enough.
    return { text, value: undefined };
  }
}

function readEvent(value: unknown, frameName: string | undefined): MarathonEvent | undefined {
  if (!isObject(value)) return undefined;
  const eventType = text(value.eventType) ?? text(frameName);
  if (!eventType) return undefined;
  const definition = isObject(value.appDefinition) ? value.appDefinition.id : undefined;
  const appId = text(value.appId) ?? text(value.runSpecId) ?? text(definition);
  return appId ? { eventType, appId } : { eventType };
}

function describeProblem({ text, value }: Parsed, frameName: string | undefined): string {
  const fault = value === undefined
    ? "not JSON"
    : isObject(value)
    ? "a JSON object without an eventType"
    : "JSON, but not an object";
  const name = frameName === undefined
    ? "an event"
    : `an event named ${JSON.stringify(frameName.slice(0, 60))}`;
  return `Ignored ${name} of ${text.length} characters: it is ${fault}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
