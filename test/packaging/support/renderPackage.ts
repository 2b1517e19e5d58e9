import { Ajv } from "ajv";
// @ts-types="@types/mustache"
import Mustache from "mustache";
import { isObject, type JsonObject } from "../../../tools/simulated-marathon/JsonObject.ts";
import { dcosPackage, optionSchemas, optionsName } from "./dcosPackage.ts";

const validate = new Ajv({ allErrors: true }).compile(dcosPackage.config);

/**
 * The Marathon app that `dcos package install --options` posts: as DC/OS's package manager (Cosmos) does, it puts the options
 * over the schema's defaults, checks them, renders the template with strings encoded for JSON, and parses the result.
 *
 * Throws a TypeError where the options do not fit the schema, and a SyntaxError where no JSON comes out.
 *
 * @param options of `marathon-lb`, by name
 */
export function renderPackage(options: JsonObject = {}): JsonObject {
  const defaults = Object.entries(optionSchemas())
    .flatMap(([name, schema]) => "default" in schema ? [[name, schema.default]] : []);
  const all = {
    [optionsName]: { ...Object.fromEntries(defaults), ...options },
  };
  if (!validate(all)) {
    const faults = validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
    throw new TypeError(
      `The options do not fit config.json: ${faults.join("; ")}`,
    );
  }
  const text = Mustache.render(
    dcosPackage.template,
    { ...all, resource: dcosPackage.resource },
    {},
    {
      escape: (value: unknown) =>
        typeof value === "string" ? JSON.stringify(value).slice(1, -1) : String(value),
    },
  );
  const app: unknown = JSON.parse(text);
  if (!isObject(app)) {
    throw new SyntaxError(`The template rendered no JSON object: ${text}`);
  }
  return app;
}
