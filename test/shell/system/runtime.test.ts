import assert from "node:assert/strict";
import { describeRuntime } from "../../../lib/shell/system/runtime.ts";

Deno.test("describeRuntime: names the runtime these tests run in", () => {
  assert.equal(describeRuntime(), `Deno ${Deno.version.deno}`);
});
