import fc from "fast-check";
import assert from "node:assert/strict";
import type { App } from "../../../lib/core/marathon/App.ts";
import { AppsReader } from "../../../lib/core/marathon/AppsReader.ts";
import { readApps } from "../../../lib/core/marathon/readApps.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function read(text: string, { size = 7, known }: { size?: number; known?: ReadonlyMap<string, App> } = {}) {
  const reader = new AppsReader(known);
  const whole = bytes(text);
  for (let start = 0; start < whole.length; start += size) reader.feed(whole.subarray(start, start + size));
  return reader.end();
}

const answers: [what: string, text: string, ids: string[], problems: number][] = [
  ["no app", '{"apps":[]}', [], 0],
  ["spaces everywhere", ' { "apps" : [ { "id" : "/a" } , { "id" : "/b" } ] } ', ["/a", "/b"], 0],
  ["other members before", '{"offset":0,"apps":[{"id":"/a"}]}', ["/a"], 0],
  ["other members behind", '{"apps":[{"id":"/a"}],"links":[{"rel":"x"}]}', ["/a"], 0],
  ["brackets and quotes in a text", String.raw`{"apps":[{"id":"/a","cmd":"]}\"\\,["},{"id":"/b"}]}`, [
    "/a",
    "/b",
  ], 0],
  ["nested lists", '{"apps":[{"id":"/a","constraints":[["x","y"],[]],"env":{"a":{"b":[1]}}}]}', ["/a"], 0],
  ["characters of several bytes", '{"apps":[{"id":"/a","cmd":"größer ☃ 😀"}]}', ["/a"], 0],
  ["a long way to the list", `{"offset":"${"x".repeat(2000)}","apps":[{"id":"/a"}]}`, ["/a"], 0],
  ["what is no app", '{"apps":[7,"/x",null,{"id":"/a"},{"id":8}]}', ["/a"], 4],
];

for (const [what, text, ids, problems] of answers) {
  for (const size of [1, 3, 1000]) {
    Deno.test(`AppsReader: ${what}, in pieces of ${size}`, () => {
      const cluster = read(text, { size });
      assert.deepEqual([...cluster.apps.keys()], ids);
      assert.equal(cluster.problems.size, problems);
    });
  }
}

const unfit: [text: string, error: typeof SyntaxError | typeof TypeError][] = [
  ["", SyntaxError],
  ["<html>", SyntaxError],
  ['{"apps":[{"id":"/a"}', SyntaxError],
  ['{"apps":[{"id":"/a"}]', SyntaxError],
  ['{"apps":[{"id":"/a"},]}', SyntaxError],
  ['{"apps":[,]}', SyntaxError],
  ['{"apps":[{"id":"/a"}}}', SyntaxError],
  ['{"apps":[{"id":"/a"}]}]', SyntaxError],
  ['{"apps":[{"id":"/a" "cmd":1}]}', SyntaxError],
  ['{"apps":[}', SyntaxError],
  ['{"apps":{}}', TypeError],
  ['{"message":"no"}', TypeError],
  ["[]", TypeError],
  ["null", TypeError],
];

for (const [text, error] of unfit) {
  Deno.test(`AppsReader: refuses ${JSON.stringify(text)}`, () => {
    for (const size of [1, 5, 1000]) assert.throws(() => read(text, { size }), error);
  });
}

Deno.test("AppsReader: reads what JSON.parse reads, however it is cut", () => {
  const texts = fc.array(
    fc.record({ id: fc.stringMatching(/^\/[a-z]{1,5}$/), cmd: fc.string({ unit: "grapheme" }) }),
  );
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 50 }), fc.boolean(), (apps, size, pretty) => {
      const text = JSON.stringify({ apps }, null, pretty ? 2 : 0);
      const expected = new Map(readApps(JSON.parse(text)).apps.map((app) => [app.id, app]));
      assert.deepEqual(read(text, { size }).apps, expected);
    }),
  );
});

Deno.test("AppsReader: an app that says the same stays the same object", () => {
  const known = read('{"apps":[{"id":"/a","instances":1},{"id":"/b","instances":1}]}').apps;
  const { apps } = read('{"apps":[{"id":"/b","instances":2},{"id":"/a","instances":1}]}', { known });
  assert.equal(apps.get("/a"), known.get("/a"));
  assert.notEqual(apps.get("/b"), known.get("/b"));
});
