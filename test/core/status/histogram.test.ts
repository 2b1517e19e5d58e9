import assert from "node:assert/strict";
import fc from "fast-check";
import { buckets, emptyHistogram, histogramSamples, observe } from "../../../lib/core/status/histogram.ts";

const value = (milliseconds: readonly number[], suffix: string, le?: string) =>
  histogramSamples(milliseconds.reduce(observe, emptyHistogram), { kind: "k" })
    .find((sample) => sample.suffix === suffix && sample.labels.le === le)!.value;

const cases: readonly [name: string, milliseconds: readonly number[], le: string, count: number][] = [
  ["none", [], "60", 0],
  ["below the first bound", [0], "0.005", 1],
  ["at a bound", [250], "0.25", 1],
  ["just above a bound", [250.1], "0.25", 0],
  ["just above a bound, in the next bucket", [250.1], "0.5", 1],
  ["those of the buckets before count, too", [1, 20, 300], "0.5", 3],
  ["above all bounds", [61_000], "60", 0],
  ["above all bounds, in the bucket of all", [61_000], "+Inf", 1],
];

for (const [name, milliseconds, le, count] of cases) {
  Deno.test(`histogram: bucket le="${le}": ${name}`, () => {
    assert.equal(value(milliseconds, "_bucket", le), count);
  });
}

Deno.test("histogram: the sum is in seconds, and samples have the labels", () => {
  assert.equal(value([250, 1_750], "_sum"), 2);
  assert.equal(value([250, 1_750], "_count"), 2);
  for (const { labels } of histogramSamples(emptyHistogram, { kind: "k" })) assert.equal(labels.kind, "k");
});

Deno.test("histogram: buckets never fall, and the last one has all", () => {
  assert.deepEqual([...buckets], [...buckets].sort((a, b) => a - b));
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 200_000, noNaN: true })), (milliseconds) => {
    const samples = histogramSamples(milliseconds.reduce(observe, emptyHistogram), {});
    const counts = samples.filter(({ suffix }) => suffix === "_bucket").map(({ value }) => value);
    assert.deepEqual(counts, [...counts].sort((a, b) => a - b));
    assert.equal(counts.at(-1), milliseconds.length);
  }));
});
