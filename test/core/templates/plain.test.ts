import assert from "node:assert/strict";
import Handlebars from "handlebars";
import { defaultTemplates } from "../../../lib/core/templates/defaultTemplates.ts";
import { compilePlain } from "../../../lib/core/templates/plain.ts";

/** As templates of operators are compiled. */
function byHandlebars(source: string): (values: object) => string {
  return Handlebars.compile(source, { noEscape: true, strict: true, knownHelpersOnly: true });
}

/** Every name that a template mentions. */
function namesIn(source: string): string[] {
  return [...new Set([...source.matchAll(/\{\{(?:#\w+ |else if )?(\w+)\}\}/g)].map(([, name]) => name!))]
    .filter((name) => name !== "else" && name !== "this");
}

const kinds: readonly unknown[] = ["x < {{y}} & \"'", "", 0, 7, true, false, null, undefined, [], [
  "a",
  "",
  "b\n",
]];

for (const [name, source] of Object.entries(defaultTemplates)) {
  Deno.test(`compilePlain: the default of ${name} renders as Handlebars renders it`, () => {
    const [plain, expected] = [compilePlain(source), byHandlebars(source)];
    const names = namesIn(source);
    // Each kind of value for all names, then for each name alone.
    const cases = kinds.flatMap((kind) => [
      Object.fromEntries(names.map((name) => [name, kind])),
      ...names.map((one) => Object.fromEntries(names.map((name) => [name, name === one ? kind : "v"]))),
    ]);
    for (const values of cases) assert.equal(plain(values), expected(values));
  });
}

const sources: readonly string[] = [
  "",
  "a\n",
  "{{a}}",
  "  {{a}}  \n{{b}}{{a}}\n\n",
  "{{#if a}}\n  x\n{{/if}}\n",
  "{{#if a}}\n  x\n{{/if}}",
  "before {{#if a}}x{{else}}y{{/if}} behind\n",
  "  {{#if a}}\n x\n  {{else}}  \n z\n  {{/if}}\nend\n",
  "{{#unless a}}\nno\n{{else}}\nyes\n{{/unless}}\n",
  "{{#if a}}{{#unless b}}\n1\n{{/unless}}\n{{/if}}\n\n{{#if b}}\n\n2{{/if}}\n",
  "{{#if a}}\n{{#if b}}\nboth\n{{/if}}\n{{/if}}\n",
  "{{#each a}}\n  - {{this}}\n{{/each}}\n{{#each b}}{{this}},{{/each}}\n",
];

for (const source of sources) {
  Deno.test(`compilePlain: ${JSON.stringify(source)} renders as Handlebars renders it`, () => {
    const [plain, expected] = [compilePlain(source), byHandlebars(source)];
    for (const a of kinds) for (const b of kinds) assert.equal(plain({ a, b }), expected({ a, b }));
  });
}

const refused: readonly string[] = [
  "{{{a}}}",
  "{{a.b}}",
  "{{lookup a b}}",
  "{{! note }}",
  "{{~a}}",
  "{{#with a}}{{/with}}",
  "{{#each a}}{{else}}{{/each}}",
  "{{#if a}}",
  "{{#if a}}{{/unless}}",
  "{{#if}}{{/if}}",
  "{{#if a}}{{else if b}}{{/if}}",
  "{{/if}}",
  "{{else}}",
];

for (const source of refused) {
  Deno.test(`compilePlain: ${source} is beyond it`, () => {
    assert.throws(() => compilePlain(source), SyntaxError);
  });
}

Deno.test("compilePlain: a name without a value is an error", () => {
  for (const name of ["a", "constructor"]) {
    assert.throws(() => compilePlain(`{{${name}}}`)({}), {
      message: `"${name}" not defined in [object Object]`,
    });
  }
});
