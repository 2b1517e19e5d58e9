import assert from "node:assert/strict";
import { distance, nearestText, nearestTexts } from "../../lib/core/nearest.ts";

const distances: [a: string, b: string, steps: number][] = [
  ["", "", 0],
  ["VHOST", "VHOST", 0],
  ["VHOTS", "VHOST", 1],
  ["VHST", "VHOST", 1],
  ["VHOOST", "VHOST", 1],
  ["VHOSD", "VHOST", 1],
  ["abc", "cba", 2],
  ["GROUP", "PATH", 5],
];
for (const [a, b, steps] of distances) {
  Deno.test(`distance: ${a} and ${b}, ${steps}`, () => {
    assert.equal(distance(a, b, 5), steps);
    assert.equal(distance(b, a, 5), steps);
  });
}

Deno.test("nearestText: the nearest of several, none where all are far", () => {
  assert.equal(nearestText("MODES", ["MODE", "NODE"]), "MODE");
  assert.equal(nearestText("QQQQ", ["MODE", "NODE"]), undefined);
  assert.equal(nearestText("x".repeat(100_000), ["MODE"]), undefined);
});

Deno.test("nearestTexts: the nearest first, then those that hold the last part; five at most", () => {
  assert.deepEqual(nearestTexts("/web", ["/wep", "/team/web", "/mail"]), ["/wep", "/team/web"]);
  assert.equal(nearestTexts("/a1", Array.from({ length: 9 }, (_, index) => `/a${index}`)).length, 5);
});
