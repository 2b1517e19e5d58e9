import { readFile } from "node:fs/promises";
import { isObject, type JsonObject } from "./JsonObject.ts";

/** The apps of a JSON file: a list, `{"apps": [...]}` as `GET /v2/apps` answers, or one app. Rejects naming the file. */
export async function readAppsFile(path: string): Promise<JsonObject[]> {
  const content = await parsed(path);
  const apps = isObject(content) ? content.apps ?? [content] : content;
  if (Array.isArray(apps) && apps.every(isObject)) return apps;
  throw new TypeError(`${path} holds no apps; write a list of apps, {"apps": [...]}, or one app`);
}

async function parsed(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new Error(`The apps of ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
