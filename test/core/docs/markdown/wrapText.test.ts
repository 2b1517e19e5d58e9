import assert from "node:assert/strict";
import { wrapText } from "../../../../lib/core/docs/markdown/wrapText.ts";

const word = "x".repeat(54);

const cases: [what: string, text: string, indent: number, expected: string][] = [
  ["a short text", "one  two\nthree", 0, "one two three"],
  ["two words that fill the line", `${word} ${word}y`, 0, `${word} ${word}y`],
  ["two words that are too long for one line", `${word} ${word}yy`, 0, `${word}\n${word}yy`],
  ["the indentation counts", `${word} ${word}y`, 2, `${word}\n  ${word}y`],
  ["code stays whole", `${word} ${word} \`a b c\`, d`, 0, `${word} ${word}\n\`a b c\`, d`],
  ["a link stays whole", `${word} ${word} [a b](#c).`, 0, `${word} ${word}\n[a b](#c).`],
  ["a word longer than the line", "y".repeat(120), 0, "y".repeat(120)],
];
for (const [what, text, indent, expected] of cases) {
  Deno.test(`wrapText: ${what}`, () => assert.equal(wrapText(text, indent), expected));
}
