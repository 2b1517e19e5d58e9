import assert from "node:assert/strict";
import { codeBlock } from "../../../../lib/core/docs/markdown/codeBlock.ts";

const cases: [what: string, code: string, expected: string][] = [
  ["one line", "  a\n", "a"],
  ["shared indentation", "  a\n    b\n\n  c\n", "a\n  b\n\nc"],
  ["no shared indentation", "a\n  b\n", "a\n  b"],
  ["empty lines around it", "\n\n  a\n  b\n\n", "a\nb"],
];
for (const [what, code, expected] of cases) {
  Deno.test(`codeBlock: ${what}`, () =>
    assert.equal(codeBlock("text", code), `\`\`\`text\n${expected}\n\`\`\``));
}
