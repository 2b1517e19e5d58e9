import assert from "node:assert/strict";
import { describeRuntime, hasColours } from "../../../lib/shell/system/runtime.ts";

Deno.test("describeRuntime: names the runtime these tests run in", () => {
  assert.equal(describeRuntime(), `Deno ${Deno.version.deno}`);
});

Deno.test("hasColours: on a terminal that shows them, where NO_COLOR does not switch them off", () => {
  const terminal = { isTTY: true };
  assert.equal(hasColours({}, terminal), true);
  assert.equal(hasColours({ NO_COLOR: "" }, terminal), true);
  assert.equal(hasColours({ NO_COLOR: "1" }, terminal), false);
  assert.equal(hasColours({ TERM: "dumb" }, terminal), false);
  assert.equal(hasColours({}, {}), false);
});
