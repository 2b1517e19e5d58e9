import assert from "node:assert/strict";
import { isAppId } from "../../../lib/core/marathon/isAppId.ts";

for (const id of ["/web", "/group/web", "/Group/web-1.2", "/a_b:c"]) {
  Deno.test(`isAppId: ${id} is one`, () => assert.equal(isAppId(id), true));
}

for (const id of ["", "/", "web", "/a b", "/a\nbackend x", "/a\n", "/ä", "/a#b", "/{a}"]) {
  Deno.test(`isAppId: ${JSON.stringify(id)} is none`, () => assert.equal(isAppId(id), false));
}
