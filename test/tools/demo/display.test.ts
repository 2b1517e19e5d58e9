import assert from "node:assert/strict";
import { Screen } from "../../../tools/demo/display.ts";

/** What is written, with the escape sequences that matter in words. */
function record(properties: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  const write = (text: string) => {
    const inWords = text.replaceAll("\x1b[J", "<erase below>").replace("\x1b[", "<up>");
    written.push(inWords);
  };
  return { written, screen: new Screen({ ...properties, write }) };
}

Deno.test("a line that is logged goes above the block", () => {
  const { screen, written } = record({ isTTY: true, columns: 20 });
  screen.log("first");
  screen.show(["a", "b"]);
  screen.log("second");
  screen.show(["c"]);
  screen.show([]);
  screen.log("last");
  assert.deepEqual(written, [
    "first\n",
    "a\nb\n",
    "<up>2A<erase below>second\na\nb\n",
    "<up>2A<erase below>c\n",
    "<up>1A<erase below>",
    "last\n",
  ]);
});

Deno.test("no line of the block wraps", () => {
  const { screen, written } = record({ isTTY: true, columns: 6 });
  screen.show(["123456789", "■■■■■■■"]);
  assert.deepEqual(written, ["12345\n■■■■■\n"]);
});

Deno.test("only a terminal is live", () => {
  assert.equal(record({ isTTY: true }).screen.isLive, true);
  assert.equal(record().screen.isLive, false);
});
