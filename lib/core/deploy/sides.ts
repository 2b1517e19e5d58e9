import { integerOf, type JsonObject, objectOf, textOf } from "../json.ts";
import { shortened } from "../text.ts";
import { type Definition, digestLabel, findPort } from "./definition.ts";
import type { Side } from "./observation.ts";

/** The app with its first service port replaced, where it stands. */
function withPort(value: unknown, [name, ...rest]: readonly string[], port: number): unknown {
  if (name === undefined) return Array.isArray(value) ? [port, ...value.slice(1)] : port;
  if (Array.isArray(value)) return [withPort(value[0], [name, ...rest], port), ...value.slice(1)];
  const object = objectOf(value);
  return { ...object, [name]: withPort(object[name], rest, port) };
}

/** What a new side begins with. */
export interface SideStart {
  /** Its instances at first. */
  readonly instances: number;
  /** How many instances both sides end with. */
  readonly target: number;
  /** Of how many instances the new side of a hybrid is to be; 0 replaces the old side. */
  readonly hybrid: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Microseconds of that moment. */
  readonly nonce: number;
}

/**
 * The app to create: of the colour and at the port that the side deployed last does not have. `HAPROXY_0_PORT` keeps both
 * sides at one port of the load balancer. The labels are those of `zdd.py`.
 *
 * @param last the side deployed last; undefined for the first deployment
 */
export function sideOf(
  { app, id, port, otherPort, digest }: Definition,
  last: Side | undefined,
  { instances, target, hybrid, now, nonce }: SideStart,
): JsonObject & { readonly id: string } {
  const colour = last?.labels.HAPROXY_DEPLOYMENT_COLOUR === "blue" ? "green" : "blue";
  const next = last === undefined || last.servicePort === otherPort ? port : otherPort;
  const moved = withPort(app, findPort(app)!.place, next) as JsonObject;
  // Later than every other, whatever the clock of the tool said that started it.
  const startedAt = last && Number.isFinite(last.startedAt) ? last.startedAt / 1_000 : 0;
  const time = new Date(Math.max(now, Math.floor(startedAt) + 1)).toISOString();
  return {
    ...moved,
    id: `${id}-${colour}`,
    instances,
    labels: {
      ...objectOf(app.labels),
      HAPROXY_APP_ID: textOf(app.id)!,
      HAPROXY_0_PORT: String(port),
      HAPROXY_DEPLOYMENT_COLOUR: colour,
      HAPROXY_DEPLOYMENT_NEW_INSTANCES: String(hybrid),
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: String(target),
      HAPROXY_DEPLOYMENT_STARTED_AT: time.replace("Z", `${String(nonce).padStart(3, "0")}Z`),
      [digestLabel]: digest,
    },
  };
}

/** Why a running side cannot be replaced by a definition; undefined when it can. */
export function whyNotReplaceable(
  { port, id }: Definition,
  { id: running, labels }: Side,
): string | undefined {
  const exposed = labels.HAPROXY_0_PORT;
  if (exposed !== undefined && exposed.trim() !== String(port)) {
    return `${running} is exposed at port ${
      shortened(exposed)
    }, and the definition says ${port}; keep the port, or delete ${running} first`;
  }
  const target = "HAPROXY_DEPLOYMENT_TARGET_INSTANCES";
  if (integerOf(labels[target]) === undefined) {
    return `${running} has no label ${target}, without which it cannot be returned to; ` +
      "set it to the number of its instances";
  }
  if (running === id) {
    return `${running} has no colour in its id; expected ${id}-blue or ${id}-green, as deploy creates it`;
  }
  return undefined;
}
