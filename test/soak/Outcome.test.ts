import assert from "node:assert/strict";
import { describeOutcome, type Outcome, violationsOf } from "../../tools/soak/Outcome.ts";

const megabyte = 2 ** 20;
const first = { memory: 100 * megabyte, descriptors: 29, processes: 3 };
const good: Outcome = {
  first,
  last: first,
  acts: new Map([["scale", 2], ["redeploy", 1]]),
  answered: 10,
  excused: 1,
  failures: [],
};

const cases: readonly (readonly [string, Partial<Outcome>, readonly RegExp[]])[] = [
  ["nothing", {}, []],
  ["less of everything", { last: { memory: 1, descriptors: 1, processes: 1 } }, []],
  ["memory within the allowance", { last: { ...first, memory: 108 * megabyte } }, []],
  ["more memory", { last: { ...first, memory: 109 * megabyte } }, [/memory grew by 9\.0 MB, more than 8/]],
  ["one file descriptor more", { last: { ...first, descriptors: 30 } }, [/more descriptors: 30, and not 29/]],
  ["one process more", { last: { ...first, processes: 4 } }, [/more processes: 4, and not 3/]],
  ["a failed request", { failures: ["status 503"] }, [/1 requests failed: status 503/]],
  ["no request at all", { answered: 0 }, [/No request was answered/]],
];
for (const [name, difference, expected] of cases) {
  Deno.test(`soak violations: ${name}`, () => {
    const found = violationsOf({ ...good, ...difference }, 8);
    assert.equal(found.length, expected.length, found.join("; "));
    for (const [index, pattern] of expected.entries()) assert.match(found[index]!, pattern);
  });
}

Deno.test("soak: the table lists measurements, requests and acts", () => {
  const text = describeOutcome({ ...good, last: { ...first, descriptors: 31 } }).join("\n");
  assert.match(text, /^memory \(MB\) +100\.0 +100\.0$/m);
  assert.match(text, /^file descriptors +29 +31$/m);
  assert.match(text, /10 answered, 0 failed, and 1 failed because HAProxy was killed/);
  assert.match(text, /redeploy 1, scale 2$/m);
});
