import type { App } from "./App.ts";

/** An app that differs from what it was; one without `before` is new, one without `after` is gone. */
export interface AppChange {
  readonly before?: App;
  readonly after?: App;
}
