import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonTextError, parseJsonText } from "../../../lib/core/validate/jsonText.ts";

Deno.test("parseJsonText reads all JSON as JSON.parse does", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2), (text, indent) => {
      const written = JSON.stringify(JSON.parse(text), undefined, indent);
      assert.deepEqual(parseJsonText(written).value, JSON.parse(written));
    }),
  );
});

Deno.test("parseJsonText refuses what JSON.parse refuses, and nothing else", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:\\0tn-.e \n\u0001'), (json, at, inserted) => {
      const offset = at % (json.length + 1);
      const text = json.slice(0, offset) + inserted + json.slice(offset);
      const attempt = (read: () => unknown) => {
        try {
          return { value: read() };
        } catch (error) {
          assert.ok(error instanceof SyntaxError);
          return undefined;
        }
      };
      assert.deepEqual(attempt(() => parseJsonText(text).value), attempt(() => JSON.parse(text)), text);
    }),
  );
});

const mistakes: [text: string, line: number, column: number, message: RegExp][] = [
  ["", 1, 1, /^the text ends; expected a value$/],
  ["{", 1, 2, /^the text ends; expected a name in quotes/],
  ['{\n  "id": "/web",\n}', 3, 1, /^found "}"; expected a name in quotes/],
  ['{\n  "id": "/web"\n  "cpus": 1\n}', 3, 3, /^found "\\""; expected a comma or }$/],
  ['{"id" "/web"}', 1, 7, /expected a colon behind "id"$/],
  ['{"id": }', 1, 8, /^found "}"; expected the value of "id"$/],
  ["[1,\n 2,, 3]", 2, 4, /^found ","; expected a value$/],
  ["[1 2]", 1, 4, /^found "2"; expected a comma or \]$/],
  ["// none\n{}", 1, 1, /^found "\/"; expected a value$/],
  ["{'id': 1}", 1, 2, /^found "'"; expected a name in quotes/],
  ["<html>", 1, 1, /^found "<"/],
  ["{} {}", 1, 4, /^found "{"; expected the end of the text$/],
  ['["a\nb"]', 1, 4, /^found "\\n"; expected an escape such as \\n in place of it$/],
  ['["a', 1, 4, /^the text ends; expected a quote that ends the text$/],
  ['["a\\', 1, 5, /^the text ends/],
  ['["a\\qb"]', 1, 4, /^found "\\\\"; expected one of the escapes/],
  ["[01]", 1, 3, /^found "1"; expected a comma or \]$/],
  ["[NaN]", 1, 2, /^found "NaN"; expected a value$/],
  ["[".repeat(100_000), 1, 501, /expected at most 500 levels/],
];
for (const [text, line, column, message] of mistakes) {
  Deno.test(`no JSON: line and column of the mistake in ${JSON.stringify(text.slice(0, 30))}`, () => {
    assert.throws(() => parseJsonText(text), (error) => {
      assert.ok(error instanceof JsonTextError);
      assert.match(error.message, message);
      assert.deepEqual(error.place, { line, column });
      return true;
    });
  });
}

Deno.test("parseJsonText knows where objects, lists and members stand", () => {
  const text = '\ufeff[\n  {"id": "/a",\n   "labels": {\n "x": "1", "x": "2"}}, []]';
  const { value, place } = parseJsonText(text);
  const [app, list] = value as [{ labels: object }, object];
  assert.deepEqual(place(app), { line: 2, column: 3 });
  assert.deepEqual(place(app, "labels"), { line: 3, column: 4 });
  assert.deepEqual(place(app.labels, "x"), { line: 4, column: 12 });
  assert.deepEqual(place(list), { line: 4, column: 24 });
  assert.equal(place(app, "none"), undefined);
  assert.equal(place({}), undefined);
});

Deno.test("a member __proto__ is a member like others", () => {
  const { value } = parseJsonText('{"__proto__": {"x": 1}}');
  assert.ok(Object.hasOwn(value as object, "__proto__"));
  assert.equal((value as Record<string, unknown>).x, undefined);
});
