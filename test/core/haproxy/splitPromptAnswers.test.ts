import assert from "node:assert/strict";
import { splitPromptAnswers } from "../../../lib/core/haproxy/splitPromptAnswers.ts";

const table: [what: string, output: string, expected: string[] | undefined][] = [
  // As HAProxy 2.6.12 answered to `add server`, the same again, `enable server`, `enable health`, `quit`.
  [
    "HAProxy 2.6",
    "master> 24029> New server registered.\n\n24029> 'id' : custom id 77 already used at (null):0 ('server s').\n" +
    "\n24029> \n24029> \n24029> 24029> \n",
    [
      "New server registered.",
      "'id' : custom id 77 already used at (null):0 ('server s').",
      "",
      "",
      "24029>",
    ],
  ],
  // HAProxy 2.6 and 2.8 leave out the empty line behind this one; 3.2 does not.
  [
    "an answer of one line only",
    "master> 24486> Server deleted.\n24486> New server registered.\n\n24486> 24486> \n",
    ["Server deleted.", "New server registered.", "24486>"],
  ],
  ["an answer of several lines", "master> 7> 1\n# a b\n1 2\n\n7> \n7> ", ["1\n# a b\n1 2", "", ""]],
  ["an answer that ends early", "master> 7> \n7> New ser", ["", "New ser"]],
  ["another number in an answer", "master> 7> 8> \n7> ", ["8>", ""]],
  ["nothing yet", "", undefined],
  ["the master only", "master> ", undefined],
];
for (const [what, output, expected] of table) {
  Deno.test(`splitPromptAnswers: ${what}`, () => assert.deepEqual(splitPromptAnswers(output), expected));
}
