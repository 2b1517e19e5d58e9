import assert from "node:assert/strict";
import { parseBoolean } from "../../../lib/core/labels/parseBoolean.ts";

for (const text of ["true", "TRUE", "t", "T", "yes", "Yes", "y", " y "]) {
  Deno.test(`parseBoolean: ${JSON.stringify(text)} is true`, () => assert.equal(parseBoolean(text), true));
}
for (const text of ["", "false", "no", "1", "on", "tru", "yes!", "t rue"]) {
  Deno.test(`parseBoolean: ${JSON.stringify(text)} is false`, () => assert.equal(parseBoolean(text), false));
}
