import assert from "node:assert/strict";
import { compileTemplate } from "../../../lib/core/templates/compileTemplate.ts";
import type { TemplateSource } from "../../../lib/core/templates/TemplateSource.ts";
import type { TemplateRow } from "../../../lib/core/templates/templateTable.ts";

const row: TemplateRow = { name: "TEST", scope: "service", values: ["a", "b"], description: "" };
const values = { a: "<&\"'>{{b}}{b}", b: { c: "inner" } };

function render(text: string, syntax: TemplateSource["syntax"], extra: Partial<TemplateRow> = {}): string {
  return compileTemplate({ ...row, ...extra }, { text, syntax, origin: "test" })(values);
}

const table: [
  what: string,
  text: string,
  syntax: TemplateSource["syntax"],
  extra: Partial<TemplateRow>,
  expected: string,
][] = [
  ["a value is not escaped, and no template itself", "x {a}\n", "placeholders", {}, `x ${values.a}\n`],
  ["an entry", "{b[c]}\n", "placeholders", {}, "inner\n"],
  ["what Handlebars would read is text", "{{{{a}}}} {{{{! b }}}}\n", "placeholders", {}, "{{a}} {{! b }}\n"],
  ["a missing final newline is added", "x", "placeholders", {}, "x\n"],
  ["several final newlines stay", "x\n\n", "placeholders", {}, "x\n\n"],
  ["empty stays empty", "", "placeholders", {}, ""],
  ["Handlebars: no escaping", "x {{a}}\n", "handlebars", {}, `x ${values.a}\n`],
  ["Handlebars: an entry", "{{b.c}}", "handlebars", {}, "inner\n"],
  ["Handlebars: blocks", "{{#if a}}yes{{else}}no{{/if}}\n", "handlebars", {}, "yes\n"],
  [
    "raw: braces are literal",
    "if { ssl_fc } {a} {{b}}",
    "placeholders",
    { raw: true },
    "if { ssl_fc } {a} {{b}}\n",
  ],
  ["raw in Handlebars is a template all the same", "{{b.c}}\n", "handlebars", { raw: true }, "inner\n"],
  [
    "inline: trimmed and behind one space",
    "\n  check {b[c]} \n",
    "placeholders",
    { inline: true },
    " check inner",
  ],
  ["inline: nothing stays nothing", " \n ", "placeholders", { inline: true }, ""],
];
for (const [what, text, syntax, extra, expected] of table) {
  Deno.test(`compileTemplate: ${what}`, () => assert.equal(render(text, syntax, extra), expected));
}

const errors: [what: string, text: string, syntax: TemplateSource["syntax"], message: RegExp][] = [
  [
    "unknown name in placeholders",
    "{c}",
    "placeholders",
    /^test cannot be used as a template: it uses \{c\}; expected one of \{a\}, \{b\}, or \{\{ and \}\} for literal braces$/,
  ],
  [
    "unknown name in Handlebars",
    "{{c}}",
    "handlebars",
    /^test cannot be used as a template: "c" not defined .* \(it may use a, b\)$/,
  ],
  ["an unknown helper", "{{shell 'x'}}", "handlebars", /^test cannot be used .* \(it may use a, b\)$/s],
  [
    "Handlebars that cannot be parsed",
    "{{#if a}}",
    "handlebars",
    /^test cannot be used .* \(it may use a, b\)$/s,
  ],
  ["an unknown entry", "{b[d]}", "placeholders", /^test cannot be used .*"d" not defined/],
  ["an entry of a text", "{a[length]}", "placeholders", /^test cannot be used/],
];
for (const [what, text, syntax, message] of errors) {
  Deno.test(`compileTemplate: ${what} is an error`, () => {
    assert.throws(() => render(text, syntax), { name: "RangeError", message });
  });
}
