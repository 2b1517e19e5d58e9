import assert from "node:assert/strict";
import { anchor, codeBlock, codeSpans, wrapText } from "../../../lib/core/docs/markdown.ts";

const cases: [heading: string, expected: string][] = [
  ["HAProxy and reloads", "haproxy-and-reloads"],
  ["`HAPROXY_{n}_VHOST`", "haproxy_n_vhost"],
  ["`-m, --marathon <URL ...>`", "-m---marathon-url-"],
];
for (const [heading, expected] of cases) {
  Deno.test(`anchor: ${heading}`, () => assert.equal(anchor(heading), expected));
}

const codeBlockCases: [what: string, code: string, expected: string][] = [
  ["one line", "  a\n", "a"],
  ["shared indentation", "  a\n    b\n\n  c\n", "a\n  b\n\nc"],
  ["no shared indentation", "a\n  b\n", "a\n  b"],
  ["empty lines around it", "\n\n  a\n  b\n\n", "a\nb"],
];
for (const [what, code, expected] of codeBlockCases) {
  Deno.test(`codeBlock: ${what}`, () =>
    assert.equal(codeBlock("text", code), `\`\`\`text\n${expected}\n\`\`\``));
}

const codeSpansCases: [text: string, expected: string][] = [
  ["Nothing to mark, not even user:password.", "Nothing to mark, not even user:password."],
  ["Serve all of --admin-bind, or not.", "Serve all of `--admin-bind`, or not."],
  ["'*' serves all", "`*` serves all"],
  ["labelled HAPROXY_{n}_ENABLED=true.", "labelled `HAPROXY_{n}_ENABLED=true`."],
  ["$MARATHON_USER and $PATH", "`$MARATHON_USER` and `$PATH`"],
  ["/dev/log; else /dev/null: nowhere.", "`/dev/log`; else `/dev/null`: nowhere."],
  ["http://ADDR:PORT of ADDR:PORT", "`http://ADDR:PORT` of `ADDR:PORT`"],
];
for (const [text, expected] of codeSpansCases) {
  Deno.test(`codeSpans: ${text}`, () => assert.equal(codeSpans(text), expected));
}

const word = "x".repeat(54);

const wrapTextCases: [what: string, text: string, indent: number, expected: string][] = [
  ["a short text", "one  two\nthree", 0, "one two three"],
  ["two words that fill the line", `${word} ${word}y`, 0, `${word} ${word}y`],
  ["two words that are too long for one line", `${word} ${word}yy`, 0, `${word}\n${word}yy`],
  ["the indentation counts", `${word} ${word}y`, 2, `${word}\n  ${word}y`],
  ["code stays whole", `${word} ${word} \`a b c\`, d`, 0, `${word} ${word}\n\`a b c\`, d`],
  ["a link stays whole", `${word} ${word} [a b](#c).`, 0, `${word} ${word}\n[a b](#c).`],
  ["a word longer than the line", "y".repeat(120), 0, "y".repeat(120)],
];
for (const [what, text, indent, expected] of wrapTextCases) {
  Deno.test(`wrapText: ${what}`, () => assert.equal(wrapText(text, indent), expected));
}
