import { isObject, type JsonObject } from "../JsonObject.ts";
import { networkModes } from "./AppDefinition.ts";
import { isAppId } from "./appId.ts";

/** One entry of `details` in Marathon's 422 answers. */
export interface Violation {
  readonly path: string;
  readonly errors: readonly string[];
}

/** What is wrong with an app, possibly a partial one, with its networking already in the form of Marathon 1.5. */
export function validateApp(app: JsonObject): Violation[] {
  const violations: Violation[] = [];
  const check = (path: string, holds: boolean, error: string) => {
    if (!holds) violations.push({ path, errors: [error] });
  };
  const optional = (value: unknown, test: (value: unknown) => boolean) => value == null || test(value);

  check(
    "/id",
    typeof app.id === "string" && isAppId(app.id),
    "must be path segments of a-z, 0-9, '-' and '.'",
  );
  check("/instances", optional(app.instances, isCount), "must be a whole number of at least 0");
  check("/labels", optional(app.labels, isTextMap), "must be an object of texts");
  check("/env", optional(app.env, isObject), "must be an object");
  check("/healthChecks", optional(app.healthChecks, isObjectList), "must be a list of objects");
  check(
    "/readinessChecks",
    optional(app.readinessChecks, isReadinessList),
    "must be a list of one at the most",
  );
  check(
    "/networks",
    optional(app.networks, isNetworkList),
    `must be a list; mode one of ${networkModes.join(", ")}`,
  );
  check(
    "/portDefinitions",
    optional(app.portDefinitions, isPortList("port")),
    "must be a list; port 0 to 65535",
  );
  check(
    "/requirePorts",
    optional(app.requirePorts, (value) => typeof value === "boolean"),
    "must be true or false",
  );
  check(
    "/upgradeStrategy",
    optional(app.upgradeStrategy, isStrategy),
    "must be an object of numbers from 0 to 1",
  );
  check("/container", optional(app.container, isObject), "must be an object");
  if (isObject(app.container)) {
    const isMappingList = isPortList("containerPort", "hostPort", "servicePort");
    const holds = optional(app.container.portMappings, isMappingList);
    check("/container/portMappings", holds, "must be a list; ports 0 to 65535");
  }
  return violations;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTextMap(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

function isObjectList(value: unknown): value is JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}

function isReadinessList(value: unknown): boolean {
  return isObjectList(value) && value.length <= 1;
}

function isNetworkList(value: unknown): boolean {
  const modes: readonly unknown[] = [undefined, ...networkModes];
  return isObjectList(value) && value.every((network) => modes.includes(network.mode));
}

function isPortList(...members: string[]) {
  const isPort = (value: unknown) => value == null || (isCount(value) && (value as number) <= 65_535);
  return (value: unknown) =>
    isObjectList(value) && value.every((entry) => members.every((member) => isPort(entry[member])));
}

function isStrategy(value: unknown): boolean {
  const isShare = (share: unknown) =>
    share == null || (typeof share === "number" && share >= 0 && share <= 1);
  return isObject(value) && isShare(value.minimumHealthCapacity) && isShare(value.maximumOverCapacity);
}
