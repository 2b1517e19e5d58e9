import assert from "node:assert/strict";
import { toPlaceholders } from "../../../lib/core/docs/templates.ts";

const cases: [handlebars: string, placeholders: string | undefined][] = [
  ["", ""],
  ["  balance {{balance}}\n", "  balance {balance}\n"],
  ["{{a}}{{b}}", "{a}{b}"],
  ["if !{ ssl_fc } host_{{name}}", "if !{{ ssl_fc }} host_{name}"],
  ["%[req.hdr(host),map({{dir}}/x.map)] \\1", "%[req.hdr(host),map({dir}/x.map)] \\1"],
  ["{{#if a}}x{{/if}}", undefined],
  ["x\n{{#each a}}{{this}}{{/each}}", undefined],
  ["{{a.b}}", undefined],
];
for (const [handlebars, placeholders] of cases) {
  Deno.test(`toPlaceholders: ${JSON.stringify(handlebars)}`, () => {
    assert.equal(toPlaceholders(handlebars), placeholders);
  });
}
