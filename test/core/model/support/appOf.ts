import type { App } from "../../../../lib/core/marathon/App.ts";
import { readApp } from "../../../../lib/core/marathon/readApp.ts";
import { marathonApp } from "./marathonApp.ts";

/** The app that `readApp` makes of `marathonApp` with these members. */
export function appOf(members: Record<string, unknown> = {}): App {
  return readApp(marathonApp(members));
}
