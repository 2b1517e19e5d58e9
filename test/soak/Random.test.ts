import assert from "node:assert/strict";
import { Random } from "../../tools/soak/Random.ts";

const draws = (seed: number) => {
  const random = new Random(seed);
  return Array.from({ length: 1_000 }, () => random.between(1, 6));
};

Deno.test("Random: one seed gives the same numbers, another one others", () => {
  assert.deepEqual(draws(7), draws(7));
  assert.notDeepEqual(draws(7), draws(8));
});

Deno.test("Random: both ends and all between them are drawn, and nothing else", () => {
  assert.deepEqual([...new Set(draws(7))].sort(), [1, 2, 3, 4, 5, 6]);
});

Deno.test("Random: weights decide how often something is drawn", () => {
  const random = new Random(7);
  const values = [{ weight: 0 }, { weight: 1 }, { weight: 3 }];
  const counts = values.map(() => 0);
  for (let i = 0; i < 4_000; i++) counts[values.indexOf(random.weighted(values))]!++;
  assert.equal(counts[0], 0);
  assert.ok(counts[2]! > 2 * counts[1]!, counts.join(" "));
});

Deno.test("Random: nothing cannot be picked from", () => {
  assert.throws(() => new Random(7).pick([]), RangeError);
});
