import assert from "node:assert/strict";
import fc from "fast-check";
import { columnsOf, fitted, padded, type Style, styleFor } from "../../lib/core/style.ts";

const colourful = styleFor(true);
const names: (keyof Style)[] = ["emphasis", "ok", "warning", "failure", "quiet"];

Deno.test("styleFor: each style differs on a terminal, and is nothing elsewhere", () => {
  const shown = names.map((name) => colourful[name]("text"));
  assert.equal(new Set(shown).size, names.length);
  for (const text of shown) assert.ok(text.startsWith("\u001b[") && text.endsWith("mtext\u001b[0m"));
  for (const name of names) assert.equal(styleFor(false)[name]("text"), "text");
});

const cases: [line: string, columns: number, fits: string][] = [
  ["text", 4, "text"],
  ["text", 3, "te…"],
  ["text", 1, "…"],
  ["", 1, ""],
  ["■■■■", 3, "■■…"],
  ["\u001b[32mtext\u001b[0m", 4, "\u001b[32mtext\u001b[0m"],
  ["\u001b[32mtext\u001b[0m", 3, "\u001b[32mte…\u001b[0m"],
  ["\u001b[32mab\u001b[0m: cd", 4, "\u001b[32mab\u001b[0m:…"],
];

for (const [line, columns, fits] of cases) {
  Deno.test(`fitted: ${JSON.stringify(line)} in ${columns} columns`, () => {
    assert.equal(fitted(line, columns), fits);
  });
}

Deno.test("fitted, padded: never wider than asked, and no style stays on", () => {
  const piece = fc.tuple(fc.constantFrom(...names), fc.string({ unit: "grapheme-ascii", maxLength: 6 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), fc.integer({ min: 1, max: 20 }), (pieces, columns) => {
      const line = pieces.map(([name, text]) => colourful[name](text)).join("");
      const cut = fitted(line, columns);
      assert.ok(columnsOf(cut) <= columns);
      const last = cut.split("\u001b[").at(-1)!;
      assert.ok(!cut.includes("\u001b") || last.startsWith("0m"), JSON.stringify(cut));
      assert.equal(columnsOf(padded(line, 40)), Math.max(40, columnsOf(line)));
    }),
  );
});
