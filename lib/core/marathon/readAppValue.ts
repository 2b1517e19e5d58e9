import type { Problem } from "../problem/Problem.ts";
import type { App } from "./App.ts";
import { isObject, textOf } from "./Json.ts";
import { readApp } from "./readApp.ts";
import { sameJson } from "./sameJson.ts";

/**
 * One app of an answer: what it is, or why it does not fit.
 *
 * @param known apps as they were before, by id; one that says the same is returned as the object it was
 * @param nameless how an app without an id is known
 */
export function readAppValue(
  value: unknown,
  known: ReadonlyMap<string, App>,
  nameless: string,
): { app: App } | { problem: Problem } {
  try {
    const app = readApp(value);
    const before = known.get(app.id);
    return { app: before && sameJson(before, app) ? before : app };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const name = (isObject(value) && textOf(value.id)) || nameless;
    const message = `${name} is left out: ${error.message}`;
    return { problem: { severity: "excluded", app: name, message } };
  }
}
