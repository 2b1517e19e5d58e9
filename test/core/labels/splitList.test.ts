import assert from "node:assert/strict";
import { splitList } from "../../../lib/core/labels/splitList.ts";

const table: [text: string, entries: string[]][] = [
  ["", []],
  [" , ,", []],
  ["a", ["a"]],
  [" a ,\tb,,c d ", ["a", "b", "c d"]],
];
for (const [text, entries] of table) {
  Deno.test(`splitList: ${JSON.stringify(text)}`, () => assert.deepEqual(splitList(text), entries));
}
