import assert from "node:assert/strict";
import { takesTraffic } from "../../../lib/core/model/takesTraffic.ts";

const serving = [undefined, "TASK_RUNNING", "TASK_LOST", "TASK_UNREACHABLE", "TASK_OF_TOMORROW", ""];
const idle = [
  "TASK_STAGING",
  "TASK_STARTING",
  "TASK_KILLING",
  "TASK_FINISHED",
  "TASK_FAILED",
  "TASK_KILLED",
  "TASK_ERROR",
  "TASK_DROPPED",
  "TASK_GONE",
  "TASK_GONE_BY_OPERATOR",
  "TASK_UNKNOWN",
];
for (const state of serving) {
  Deno.test(`takesTraffic: ${state} does`, () => assert.equal(takesTraffic(state), true));
}
for (const state of idle) {
  Deno.test(`takesTraffic: ${state} does not`, () => assert.equal(takesTraffic(state), false));
}
