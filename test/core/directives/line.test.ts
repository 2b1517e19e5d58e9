import assert from "node:assert/strict";
import fc from "fast-check";
import { parseLine, quoteWord } from "../../../lib/core/directives/line.ts";

const texts = (line: string) => parseLine(line).words.map(({ text }) => text);

const cases: readonly [line: string, words: string[]][] = [
  ["", []],
  ["  # comment", []],
  ["  a\tb   c  ", ["a", "b", "c"]],
  ["a b#c", ["a", "b"]],
  ["a b\\#c \\# # d", ["a", "b#c", "#"]],
  ["a b\\ c\\\\", ["a", "b c\\"]],
  ["a '' \"\" b", ["a", "", "", "b"]],
  ["a 'b \"c\" \\d #' e", ["a", 'b "c" \\d #', "e"]],
  ['a "b \'c\' \\"d\\" \\$e #"', ["a", "b 'c' \"d\" $e #"]],
  ["a b'c d'\"e f\"g", ["a", "bc de fg"]],
  ["^([^ :]*)\\ /p/?(.*) \\1\\ /\\2", ["^([^", ":]*) /p/?(.*)", "\\1 /\\2"]],
  ["a \\t\\n\\r \\. \\$ $B", ["a", "\t\n\r", "\\.", "\\$", "$B"]],
  ["a b\r", ["a", "b"]],
  ["a b\\", ["a", "b\\"]],
];

for (const [line, words] of cases) {
  Deno.test(`parseLine: ${JSON.stringify(line)}`, () => assert.deepEqual(texts(line), words));
}

Deno.test("parseLine: where words stand", () => {
  const line = '  a "b c" d\\ e # f';
  const written = parseLine(line).words.map(({ start, end }) => line.slice(start, end));
  assert.deepEqual(written, ["a", '"b c"', "d\\ e"]);
});

Deno.test("parseLine: which words it cannot know", () => {
  const { words } = parseLine('"$A" "x${A-b}" "\\$A" \'$A\' $A \\x41 "\\x41" \'\\x41\' "\\\\x41" "\\\\$A"');
  assert.deepEqual(words.map(({ opaque }) => opaque), [
    true,
    true,
    false,
    false,
    false,
    true,
    true,
    false,
    false,
    true,
  ]);
});

for (const line of ['a "b', "a 'b", 'a "b\\"', "a b'c d"]) {
  Deno.test(`parseLine: the open quote of ${line}`, () => {
    const quote = line.search(/['"]/) + 1;
    assert.equal(parseLine(line).problem, `the quote that opens at character ${quote} is never closed`);
  });
}

Deno.test("quoteWord: gives the same text back", () => {
  const text = fc.string({ minLength: 1, unit: fc.constantFrom(..."ab1 \\\"'$#{}()[]|^.*%/:") });
  fc.assert(fc.property(text, (text) => {
    const { words, problem } = parseLine(quoteWord(text));
    assert.deepEqual({ texts: words.map((word) => word.text), problem }, {
      texts: [text],
      problem: undefined,
    });
    assert.equal(words[0]!.opaque, false);
  }));
});
