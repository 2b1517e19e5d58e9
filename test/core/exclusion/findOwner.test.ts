import assert from "node:assert/strict";
import { findOwner } from "../../../lib/core/exclusion/findOwner.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const [a, b] = [serviceOf({ appId: "/a" }), serviceOf({ appId: "/b" })];

Deno.test("findOwner: each line belongs to the service of its chunk", () => {
  const owner = findOwner([
    { text: "global\n  maxconn 1\n" },
    { text: "\nfrontend a\n", service: a },
    { text: "frontend b\n  bind *:1\n", service: b },
    { text: "backend shared\n" },
  ]);
  const owners = [1, 2, 3, 4, 5, 6, 7, 8].map((line) => owner(line)?.appId);
  assert.deepEqual(owners, [undefined, undefined, "/a", "/a", "/b", "/b", undefined, undefined]);
});

Deno.test("findOwner: nothing belongs to anybody in an empty configuration", () => {
  assert.equal(findOwner([])(1), undefined);
});
