import assert from "node:assert/strict";
import { usesServerIds } from "../../../lib/core/plan/usesServerIds.ts";

const cases: [lines: string, head: string, uses: boolean][] = [
  ["  balance roundrobin\n", "", false],
  ["  balance leastconn\n", "", false],
  ["  balance random(2)\n", "", false],
  ["", "", false],
  ["", "defaults\n  balance first\n", true],
  ["  balance first\n", "defaults\n  balance roundrobin\n", true],
  ["  balance roundrobin\n", "defaults\n  balance first\n", false],
  ["  balance source\n  hash-type consistent\n", "", true],
  ["  balance roundrobin\n  stick-table type ip size 1m\n  stick on src\n", "", true],
  ["  http-response set-header X-Server %[srv_id]\n", "", true],
];
for (const [lines, head, uses] of cases) {
  Deno.test(`usesServerIds: ${JSON.stringify(lines)} under ${JSON.stringify(head)}`, () => {
    assert.equal(usesServerIds(`\nbackend b\n${lines}`, head), uses);
  });
}
