import assert from "node:assert/strict";
import { splitWords } from "../../../lib/core/reload/splitWords.ts";

const table: [commandLine: string, words: string[]][] = [
  ["", []],
  ["  \t\n", []],
  ["true", ["true"]],
  ["  systemctl   reload\thaproxy ", ["systemctl", "reload", "haproxy"]],
  ["sh -c 'kill -USR2 $(cat \"pid file\")'", ["sh", "-c", 'kill -USR2 $(cat "pid file")']],
  ['echo "a b" \'c "d"\' "it\'s"', ["echo", "a b", 'c "d"', "it's"]],
  ['pre"fix"ed \'a\'"b"c', ["prefixed", "abc"]],
  ["\"\" ''", ["", ""]],
  ["a\\ b \\\"c\\'", ["a b", "\"c'"]],
  ['"a \\"b\\" \\$c \\` \\\\ \\n"', ['a "b" $c ` \\ \\n']],
  ["'a\\b'", ["a\\b"]],
  ["a && b; c | $HOME *", ["a", "&&", "b;", "c", "|", "$HOME", "*"]],
];
for (const [commandLine, words] of table) {
  Deno.test(`splitWords: ${JSON.stringify(commandLine)}`, () => {
    assert.deepEqual(splitWords(commandLine), words);
  });
}

for (const commandLine of ['echo "a', "echo 'a", 'a "b\\"', "a\\"]) {
  Deno.test(`splitWords: ${JSON.stringify(commandLine)} is not closed`, () => {
    assert.throws(() => splitWords(commandLine), {
      name: "SyntaxError",
      message: `${JSON.stringify(commandLine)} has an open quote; close it, or escape it with a backslash`,
    });
  });
}
