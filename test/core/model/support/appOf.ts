import { type App, readApp } from "../../../../lib/core/marathon/app.ts";
import { marathonApp } from "./marathonApp.ts";

/** The app that `readApp` makes of `marathonApp` with these members. */
export function appOf(members: Record<string, unknown> = {}): App {
  return readApp(marathonApp(members));
}
