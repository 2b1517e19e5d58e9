import assert from "node:assert/strict";
import { lintRules } from "../../../lib/core/directives/lint.ts";
import { badRules, goodRules, laterRules } from "./support/httpRules.ts";

for (const rule of [...goodRules, ...laterRules]) {
  Deno.test(`lintRules: takes ${rule}`, () => assert.deepEqual(lintRules(rule), []));
}

for (const [rule, said] of badRules) {
  Deno.test(`lintRules: refuses ${rule}`, () => {
    const mistakes = lintRules(`backend b\n  ${rule}\n  server s 127.0.0.1:80`);
    assert.deepEqual(mistakes.map(({ line }) => line), [rule]);
    assert.match(mistakes[0]!.expected, said);
  });
}

Deno.test("lintRules: leaves other lines alone", () => {
  const text = '# http-request no\n\nacl a { path\n  option http-requests\n  bind *:80 "\n  tcp-request if {';
  assert.deepEqual(lintRules(text), []);
});

Deno.test("lintRules: ignores a line whose words depend on a variable", () => {
  assert.deepEqual(lintRules('http-request "$ACTION"\nhttp-request set-header "${HEADER[*]}"'), []);
});
