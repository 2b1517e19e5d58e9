import assert from "node:assert/strict";
import { parseServerLine, type ServerLine } from "../../../lib/core/plan/ServerLine.ts";

const s: ServerLine = { name: "s", address: "10.0.0.1", port: 80, options: [], disabled: false };
const table: [line: string, expected: ServerLine | undefined][] = [
  ["  server s 10.0.0.1:80", s],
  ["\tserver  s\t10.0.0.1:80  ", s],
  ["  server s 10.0.0.1:80 id 7 check inter 5s", { ...s, options: ["id", "7", "check", "inter", "5s"] }],
  ["  server s 10.0.0.1:80 check disabled id 7", { ...s, options: ["check", "id", "7"], disabled: true }],
  ["  server s 10.0.0.1:80 disabled", { ...s, disabled: true }],
  ["server s 10.0.0.1:80", undefined],
  ["  server s agent-1:80", undefined],
  ["  server s 10.0.0.1", undefined],
  ["  server s [::1]:80", undefined],
  ["  server s *:80", undefined],
  ["  server s 10.0.0.1:80 sni 'a b'", undefined],
  ['  server s 10.0.0.1:80 sni "a"', undefined],
  ["  server s 10.0.0.1:80 sni a\\ b", undefined],
  ["  server s 10.0.0.1:80 weight $WEIGHT", undefined],
  ["  server s 10.0.0.1:80 # why", undefined],
  ["  server-template s 3 10.0.0.1:80", undefined],
  ["  servers s 10.0.0.1:80", undefined],
];
for (const [line, expected] of table) {
  Deno.test(`parseServerLine: ${JSON.stringify(line)}`, () =>
    assert.deepEqual(parseServerLine(line), expected));
}
