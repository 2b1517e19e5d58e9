import type { Problem } from "../problem/Problem.ts";
import { quoted } from "../problem/quoted.ts";
import type { App } from "./App.ts";
import { isObject } from "./Json.ts";
import { readAppValue } from "./readAppValue.ts";

/**
 * The trust boundary: checks the answer of `GET /v2/apps?embed=apps.tasks`. An app that does not fit becomes a
 * problem and is left out; the others are not affected.
 *
 * @throws {TypeError} when the answer as a whole is not a list of apps; applying it would take every app away.
 */
export function readApps(answer: unknown): { apps: App[]; problems: Problem[] } {
  if (!isObject(answer) || !Array.isArray(answer.apps)) {
    throw new TypeError(`Marathon's answer is ${quoted(answer)}; expected {"apps": […]}`);
  }
  const apps: App[] = [];
  const problems: Problem[] = [];
  for (const [position, value] of answer.apps.entries()) {
    const reading = readAppValue(value, new Map(), `app number ${position + 1} of the answer`);
    if ("app" in reading) apps.push(reading.app);
    else problems.push(reading.problem);
  }
  return { apps, problems };
}
