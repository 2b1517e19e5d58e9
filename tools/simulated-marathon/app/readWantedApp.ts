import { isObject, type JsonObject } from "../JsonObject.ts";
import { absoluteAppId } from "./appId.ts";
import { migrateNetworking } from "./migrateNetworking.ts";

/** An app as it is asked for, not checked yet; a partial one is merged over what is there. */
export interface WantedApp {
  readonly id: string;
  readonly input: JsonObject;
}

/** What was sent as an app, with the networking of Marathon 1.5 and without what only answers carry. */
export function readWantedApp(value: unknown): WantedApp {
  const sent = isObject(value) ? migrateNetworking(value) : {};
  const { version: _version, versionInfo: _versionInfo, tasks: _tasks, deployments: _deployments, ...input } =
    sent;
  const id = typeof input.id === "string" ? absoluteAppId(input.id) : "";
  return { id, input };
}
