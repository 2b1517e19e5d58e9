import assert from "node:assert/strict";
import { commandLine } from "../../../tools/demo/demo.ts";

const parse = (...words: string[]) =>
  commandLine().exitOverride().configureOutput({ writeErr: () => {} }).parse(words, { from: "user" }).opts();

Deno.test("the demo runs until it is stopped, or so many seconds", () => {
  assert.deepEqual(parse(), {});
  assert.deepEqual(parse("--seconds", "2.5"), { seconds: 2.5 });
});

for (const text of ["0", "-1", "soon", "", "86401", "1e3"]) {
  Deno.test(`the demo cannot run ${JSON.stringify(text)} seconds`, () => {
    assert.throws(() => parse(`--seconds=${text}`), /It must be a number of seconds/);
  });
}

Deno.test("the demo takes no other words", () => {
  assert.throws(() => parse("--forever"), /unknown option/);
  assert.throws(() => parse("now"), /too many arguments/);
});
