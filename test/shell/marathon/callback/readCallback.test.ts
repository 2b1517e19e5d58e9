import assert from "node:assert/strict";
import { readCallback } from "../../../../lib/shell/marathon/callback/readCallback.ts";

const cases: [body: string, eventType: string | undefined][] = [
  ['{"eventType":"status_update_event","taskId":"a"}', "status_update_event"],
  [' \r\n{"eventType":"of a later Marathon"}\n', "of a later Marathon"],
  ['{"eventType":"a","eventType":"b"}', "b"],
  ["", undefined],
  ["{", undefined],
  ["null", undefined],
  ["7", undefined],
  ["{}", undefined],
  ['["eventType"]', undefined],
  ['[{"eventType":"status_update_event"}]', undefined],
  ['{"eventType":""}', undefined],
  ['{"eventType":7}', undefined],
  ['{"eventType":{"toString":1}}', undefined],
  ['{"__proto__":{"eventType":"status_update_event"}}', undefined],
  ['{"eventType":"a"}\n{"eventType":"b"}', undefined],
  ["[".repeat(100_000), undefined],
];

for (const [body, eventType] of cases) {
  Deno.test(`readCallback: ${body.slice(0, 60)}`, () => assert.equal(readCallback(body), eventType));
}
