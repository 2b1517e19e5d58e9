import { createHash } from "node:crypto";
import { UsageError } from "../flags/flag.ts";
import { integerOf, isObject, type JsonObject, listOf, objectOf, textOf } from "../json.ts";
import { isAppId } from "../marathon/app.ts";
import { quoted } from "../text.ts";

/** What is to be deployed, as its file says. */
export interface Definition {
  /** The app as it is written, with its own id. */
  readonly app: JsonObject;
  /** Its id, with the leading `/` and without a colour. */
  readonly id: string;
  /** `HAPROXY_DEPLOYMENT_GROUP`, without a leading `/`. */
  readonly group: string;
  /** The service port at which the load balancer exposes it. */
  readonly port: number;
  /** `HAPROXY_DEPLOYMENT_ALT_PORT`. */
  readonly otherPort: number;
  readonly instances: number;
  /** The same for the same definition: a deployment that is resumed is compared with it. */
  readonly digest: string;
}

/**
 * The label that holds the digest of a side's definition. Only `deploy` reads it, so that it is none of the load balancer's
 * labels.
 */
export const digestLabel = "MARATHON_LB_DEFINITION";

const groupLabel = "HAPROXY_DEPLOYMENT_GROUP";
const otherPortLabel = "HAPROXY_DEPLOYMENT_ALT_PORT";

/**
 * Reads the definition of an app that is deployed in two colours.
 *
 * @param file its path, for messages
 * @throws {UsageError} when it is none: which member, what was found, what is expected
 */
export function readDefinition(text: string, file: string): Definition {
  const refuse = (why: string): never => {
    throw new UsageError(`deploy: ${file}: ${why}`);
  };
  let app: unknown;
  try {
    app = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser's message quotes the text, which may hold secrets.
    return refuse("it is not JSON; check it with marathon-lb validate");
  }
  if (!isObject(app)) return refuse("expected one app, a JSON object with an id");
  const name = textOf(app.id) ?? "";
  const id = name.startsWith("/") ? name : `/${name}`;
  if (!isAppId(id)) return refuse(`its id is ${quoted(app.id)}; expected one such as "/shop/web"`);
  const labels = objectOf(app.labels);
  const group = groupName(textOf(labels[groupLabel]));
  if (group === undefined || !isAppId(`/${group}`)) {
    return refuse(
      `its label ${groupLabel} is ${
        quoted(labels[groupLabel])
      }; expected a name such as "web", the same for both sides`,
    );
  }
  const port = findPort(app)?.port;
  if (port === undefined || !isPort(port)) {
    return refuse(
      `its service port is ${
        quoted(port)
      }; expected one in portDefinitions, ports or as servicePort of a port mapping`,
    );
  }
  const otherPort = integerOf(labels[otherPortLabel]);
  if (otherPort === undefined || !isPort(otherPort) || otherPort === port) {
    return refuse(
      `its label ${otherPortLabel} is ${
        quoted(labels[otherPortLabel])
      }; expected a free service port other than ${port}`,
    );
  }
  const instances = app.instances === undefined ? 1 : integerOf(app.instances);
  if (instances === undefined || instances < 1) {
    return refuse(`its instances are ${quoted(app.instances)}; expected a whole number from 1`);
  }
  const digest = createHash("sha256").update(JSON.stringify(sorted(app))).digest("hex").slice(0, 16);
  return { app, id, group, port, otherPort, instances, digest };
}

/** The name of a deployment group as labels write it, with a leading `/` or without; undefined for none. */
export function groupName(label: string | undefined): string | undefined {
  return label?.trim().replace(/^\//, "") || undefined;
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

/** The same value with the members of every object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

/** The places of an app's first service port, in the order in which Marathon's versions came to have them. */
const portPlaces: readonly (readonly string[])[] = [
  ["container", "docker", "portMappings", "servicePort"],
  ["container", "portMappings", "servicePort"],
  ["portDefinitions", "port"],
  ["ports"],
];

/** The first service port, and the place where it stands. */
export function findPort(app: JsonObject): { port: number; place: readonly string[] } | undefined {
  for (const place of portPlaces) {
    const list = place.at(-1) === "ports" ? place : place.slice(0, -1);
    const [first] = listOf(list.reduce<unknown>((value, name) => objectOf(value)[name], app));
    const port = integerOf(list === place ? first : objectOf(first)[place.at(-1)!]);
    if (port !== undefined) return { port, place };
  }
  return undefined;
}
