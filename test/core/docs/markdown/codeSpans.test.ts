import assert from "node:assert/strict";
import { codeSpans } from "../../../../lib/core/docs/markdown/codeSpans.ts";

const cases: [text: string, expected: string][] = [
  ["Nothing to mark, not even user:password.", "Nothing to mark, not even user:password."],
  ["Serve all of --admin-bind, or not.", "Serve all of `--admin-bind`, or not."],
  ["'*' serves all", "`*` serves all"],
  ["labelled HAPROXY_{n}_ENABLED=true.", "labelled `HAPROXY_{n}_ENABLED=true`."],
  ["$MARATHON_USER and $PATH", "`$MARATHON_USER` and `$PATH`"],
  ["/dev/log; else /dev/null: nowhere.", "`/dev/log`; else `/dev/null`: nowhere."],
  ["http://ADDR:PORT of ADDR:PORT", "`http://ADDR:PORT` of `ADDR:PORT`"],
];
for (const [text, expected] of cases) {
  Deno.test(`codeSpans: ${text}`, () => assert.equal(codeSpans(text), expected));
}
