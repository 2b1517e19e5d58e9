import { isAppId } from "./app.ts";

/** The parts of an event of Marathon's event bus that matter here. */
export interface MarathonEvent {
  eventType: string;
  /** The app it is about, if the event names one. An invalid id counts as none: then any app may have changed. */
  appId?: string;
}

/** One frame of a server-sent event stream: its data lines joined by line feeds, and the name of its `event:` line. */
export interface EventFrame {
  event?: string;
  data: string;
}

/**
 * Reads the events of a frame. Most frames hold one JSON object. It may be spread over several lines, and a frame may
 * hold several objects, each on its line. An object without `eventType` gets the frame's name.
 *
 * Problems with unreadable texts go into `problems`, without the text, because app definitions contain secrets. Never
 * throws.
 */
export function readEventFrame(frame: EventFrame): { events: MarathonEvent[]; problems: string[] } {
  const events: MarathonEvent[] = [];
  const problems: string[] = [];
  for (const json of splitObjects(frame.data)) {
    const found = readEvent(json.value, frame.event);
    if (found) events.push(...found);
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
    // The parser's message would quote the text, so it is left out.
    return { text, value: undefined };
  }
}

/** An event. An event of a deployment counts once for each of its apps. */
function readEvent(value: unknown, frameName: string | undefined): MarathonEvent[] | undefined {
  if (!isObject(value)) return undefined;
  const eventType = text(value.eventType) ?? text(frameName);
  if (!eventType) return undefined;
  if (isDeploymentEvent(eventType)) {
    return deployedApps(value).filter(isAppId).map((appId) => ({ eventType, appId }));
  }
  const definition = isObject(value.appDefinition) ? value.appDefinition.id : undefined;
  const appId = text(value.appId) ?? text(value.runSpecId) ?? text(definition);
  return [appId !== undefined && isAppId(appId) ? { eventType, appId } : { eventType }];
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

/**
 * The kinds that show the progress of a deployment. They matter while an app waits for readiness checks, as no other
 * event reports those. They name their apps in the steps of the plan.
 */
export const deploymentEvents: readonly string[] = [
  "deployment_info",
  "deployment_step_success",
  "deployment_success",
  "deployment_failed",
];

const deploymentTypes = new Set(deploymentEvents);

export function isDeploymentEvent(eventType: string): boolean {
  return deploymentTypes.has(eventType);
}

/** The apps that a deployment changes, in all its steps. */
function deployedApps({ plan, currentStep }: Record<string, unknown>): string[] {
  const steps = [...isObject(plan) && Array.isArray(plan.steps) ? plan.steps : [], currentStep];
  const actions = steps.flatMap((step) => isObject(step) && Array.isArray(step.actions) ? step.actions : []);
  return [...new Set(actions.flatMap((action) => isObject(action) ? text(action.app) ?? [] : []))];
}

/** A kind of event that may change what HAProxy has to know, and why. */
export interface RelevantEvent {
  eventType: string;
  reason: string;
}

/** The only kinds that the program subscribes to, and that lead to a synchronisation. */
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

/** The kinds that matter besides with `--pods`. They name no pod: any may have changed (Marathon, `PodEvent`). */
export const podEvents: readonly RelevantEvent[] = [
  { eventType: "pod_created_event", reason: "a pod was created" },
  { eventType: "pod_updated_event", reason: "the definition of a pod changed" },
  { eventType: "pod_deleted_event", reason: "a pod was removed" },
];

const types = new Set(relevantEvents.map(({ eventType }) => eventType));
const podTypes = new Set(podEvents.map(({ eventType }) => eventType));

/**
 * Whether an event of this type leads to a synchronisation. An old Marathon sends all types, whatever the subscription.
 *
 * @param pods `--pods`
 */
export function isRelevantEvent(eventType: string, pods = false): boolean {
  return types.has(eventType) || pods && podTypes.has(eventType);
}

/** The path and query of the event stream: only the kinds that matter, and deployments without their whole plan. */
export const eventStreamPath = "/v2/events?plan-format=light" +
  [...relevantEvents.map(({ eventType }) => eventType), ...deploymentEvents]
    .map((eventType) => `&event_type=${eventType}`).join("");

/**
 * The event of a Marathon that has become the leader and is connected to Mesos. Only callbacks need it, as an event
 * stream ends with its leader.
 */
export const leaderEvents: readonly string[] = ["scheduler_registered_event", "scheduler_reregistered_event"];

const leaderTypes = new Set(leaderEvents);

/** The path and query of the event stream. @param pods `--pods` */
export function eventsPath(pods = false): string {
  return pods
    ? eventStreamPath + podEvents.map(({ eventType }) => `&event_type=${eventType}`).join("")
    : eventStreamPath;
}

/** Whether an event of this type means a new leader of Marathon. */
export function isLeaderEvent(eventType: string): boolean {
  return leaderTypes.has(eventType);
}

const growth = 1.5;

/** The upper bound of the first pause before a lost event stream is opened again, in milliseconds. */
export const firstWait = 3_000;

/** A stream that lasted for so many milliseconds was healthy: after it, pauses start over. */
export const healthyAfter = 10 * 60_000;

/** The upper bound of the pause after one of `wait`; bounds are in milliseconds. */
export function nextWait(wait: number, maxBackoff: number): number {
  return Math.min(wait * growth, maxBackoff);
}
