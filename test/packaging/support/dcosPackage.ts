import { readFileSync } from "node:fs";
import { isObject, type JsonObject } from "../../../tools/simulated-marathon/JsonObject.ts";

/** The files of the Universe package, as they are in `packaging/dcos`. */
export const dcosPackage = {
  package: readJson("package.json"),
  config: readJson("config.json"),
  resource: readJson("resource.json"),
  template: read("marathon.json.mustache"),
};

/** The name under which the options are, in the schema and in option files. */
export const optionsName = "marathon-lb";

/** The schema of each option, by its name. */
export function optionSchemas(): Record<string, JsonObject> {
  const { properties } = dcosPackage.config as {
    properties: Record<string, { properties: never }>;
  };
  return properties[optionsName]!.properties;
}

function read(name: string): string {
  return readFileSync(
    new URL(`../../../packaging/dcos/${name}`, import.meta.url),
    "utf8",
  );
}

function readJson(name: string): JsonObject {
  const value: unknown = JSON.parse(read(name));
  if (!isObject(value)) {
    throw new Error(`packaging/dcos/${name} is no JSON object`);
  }
  return value;
}
