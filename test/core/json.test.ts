import assert from "node:assert/strict";
import fc from "fast-check";
import { sameJson } from "../../lib/core/json.ts";

const table: [what: string, a: unknown, b: unknown, expected: boolean][] = [
  ["numbers", 1, 1, true],
  ["other numbers", 1, 2, false],
  ["a number and its digits", 1, "1", false],
  ["null and nothing", null, undefined, false],
  ["null and an object", null, {}, false],
  ["an object and null", {}, null, false],
  ["members in another order", { a: 1, b: [2] }, { b: [2], a: 1 }, true],
  ["a member more", { a: 1 }, { a: 1, b: 2 }, false],
  ["a member less", { a: 1, b: 2 }, { a: 1 }, false],
  ["an absent member and an undefined one", { a: undefined }, { b: undefined }, false],
  ["entries in another order", [1, 2], [2, 1], false],
  ["an entry more", [1], [1, 2], false],
  ["an empty list and an empty object", [], {}, false],
  ["an empty object and an empty list", {}, [], false],
  ["deep ones", { a: [{ b: [1, { c: null }] }] }, { a: [{ b: [1, { c: null }] }] }, true],
  ["deep ones that differ", { a: [{ b: [1, { c: null }] }] }, { a: [{ b: [1, { c: 0 }] }] }, false],
  ["without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }, true],
];
for (const [what, a, b, expected] of table) {
  Deno.test(`sameJson: ${what}`, () => assert.equal(sameJson(a, b), expected));
}

Deno.test("property: sameJson says the same as a deep comparison", () => {
  const small = fc.jsonValue({ maxDepth: 2 });
  fc.assert(fc.property(small, small, (a, b) => {
    assert.equal(sameJson(a, structuredClone(a)), true);
    let same = true;
    try {
      assert.deepEqual(a, b);
    } catch {
      same = false;
    }
    // It makes no difference between 0 and -0, which are the same to Marathon.
    if (!JSON.stringify([a, b]).includes("0")) assert.equal(sameJson(a, b), same);
  }));
});
