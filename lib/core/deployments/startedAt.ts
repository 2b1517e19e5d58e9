import type { App } from "../marathon/App.ts";
import { expected } from "./expected.ts";
import { parseTimestamp } from "./parseTimestamp.ts";

/**
 * When a side of a blue/green deployment was started, in microseconds since 1970; before everything else where the
 * label is absent.
 *
 * @throws {RangeError} when the label is no date, with the app as its cause
 */
export function startedAt(app: App): number {
  const label = "HAPROXY_DEPLOYMENT_STARTED_AT";
  const text = app.labels[label];
  if (text === undefined) return -Infinity;
  return parseTimestamp(text) ?? expected(app, label, text, "an ISO 8601 date");
}
