import assert from "node:assert/strict";
import { isOwnLine, lexLine } from "./configurationLines.ts";

const table: [line: string, words: string[], faults?: string[]][] = [
  ["  a b\tc ", ["a", "b", "c"]],
  [String.raw`a\ b "c d" 'e "f'`, ["a b", "c d", 'e "f']],
  [String.raw`"(?i)^/a/?(.*)" "/\1"`, ["(?i)^/a/?(.*)", String.raw`/\1`]],
  [String.raw`\x41\n\\ "\"" '\'`, ["A\n\\", '"', "\\"]],
  ['""', [""]],
  ["a # b", ["a"], ["a comment"]],
  [String.raw`a \# '#'`, ["a", "#", "#"]],
  ['"$HOME"', ["$HOME"], ["a variable"]],
  ["$5$a", ["$5$a"]],
  ['a "b', ["a", "b"], ["a quote without end"]],
  ["a\\", ["a"], ["a backslash at the end"]],
];
for (const [line, words, faults = []] of table) {
  Deno.test(`lexLine: ${line}`, () => assert.deepEqual(lexLine(line), { words, faults }));
}

const ownLines: [line: string, own: boolean][] = [
  ["  use_backend a_1 if { req.hdr(host),host_only -i a.test }", true],
  ["  use_backend a_1 if { req.hdr(host),host_only -i a.test } or { always_true }", false],
  ["  use_backend a_1 if { req.hdr(host),host_only -i -f }", false],
  ["  acl path_a_1 path_beg -i /a /b", true],
  ["  acl path_a_1 path_beg /a -f /dev/zero", false],
  ["  acl path_a_1 path_beg -i", false],
  ["  http-request redirect code 301 location /a%%20b if is_root", true],
  ["  http-request redirect code 301 location /%[env(HOME)] if is_root", false],
  ["  http-request redirect code 301 location / if is_root or TRUE", false],
  ["  server a 10.0.0.1:80 id 1 disabled", true],
  ["  server a 10.0.0.1:80 id 1 backup", false],
  ["global", false],
];
for (const [line, own] of ownLines) {
  Deno.test(`isOwnLine: ${line} is ${own}`, () => assert.equal(isOwnLine(lexLine(line).words), own));
}
