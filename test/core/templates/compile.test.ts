import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compilePlaceholders,
  compileTemplate,
  parsePlaceholders,
  type PlaceholderPart,
  type TemplateSource,
} from "../../../lib/core/templates/compile.ts";
import type { TemplateRow } from "../../../lib/core/templates/templateTable.ts";
import { templateSyntax } from "../labels/support/hostileLabels.ts";

const values = { a: "<&\"'>{{b}}{b}", b: { c: "inner" } };

const row: TemplateRow = { name: "TEST", scope: "service", values: ["a", "b"], description: "" };

function render(text: string, syntax: TemplateSource["syntax"], extra: Partial<TemplateRow> = {}): string {
  return compileTemplate({ ...row, ...extra }, { text, syntax, origin: "test" })(values);
}

const text = (text: string) => ({ text });

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

const names = ["backend", "healthCheck"];
const path = (...path: string[]) => ({ path });

const parsePlaceholdersTable: [source: string, parts: PlaceholderPart[]][] = [
  ["", []],
  ["plain $ % \\ text\n", [text("plain $ % \\ text\n")]],
  ["{backend}", [path("backend")]],
  ["a {backend} b{backend}", [text("a "), path("backend"), text(" b"), path("backend")]],
  ["if {{ ssl_fc }}", [text("if { ssl_fc }")]],
  ["{{{backend}}}", [text("{"), path("backend"), text("}")]],
  ["{{backend}}", [text("{backend}")]],
  ["{{{{", [text("{{")]],
  ["{healthCheck[path]}", [path("healthCheck", "path")]],
  ["{healthCheck[a][b c]}", [path("healthCheck", "a", "b c")]],
];
for (const [source, parts] of parsePlaceholdersTable) {
  Deno.test(`parsePlaceholders: ${JSON.stringify(source)}`, () => {
    assert.deepEqual(parsePlaceholders(source, names), parts);
  });
}

const single = (brace: string, position: number) =>
  `it has a single "${brace}" at character ${position}; a literal brace is written twice`;
const unknown = (expression: string) =>
  `it uses {${expression}}; expected one of {backend}, {healthCheck}, or {{ and }} for literal braces`;

const parsePlaceholdersErrors: [source: string, message: string][] = [
  ["if { ssl_fc }", unknown(" ssl_fc ")],
  ["{", single("{", 1)],
  ["ab}", single("}", 3)],
  ["{a{b}", single("{", 1)],
  ["{{ok}} {", single("{", 8)],
  ["{}", unknown("")],
  ["{0}", unknown("0")],
  ["{Backend}", unknown("Backend")],
  ["{backend:>10}", unknown("backend:>10")],
  ["{backend!r}", unknown("backend!r")],
  ["{backend.length}", unknown("backend.length")],
  ["{backend[]}", unknown("backend[]")],
  ["{backend[a}", unknown("backend[a")],
  ["{constructor}", unknown("constructor")],
];
for (const [source, message] of parsePlaceholdersErrors) {
  Deno.test(`parsePlaceholders: ${JSON.stringify(source)} is an error`, () => {
    assert.throws(() => parsePlaceholders(source, names), { name: "RangeError", message });
  });
}

Deno.test("parsePlaceholders: a template without values", () => {
  assert.throws(() => parsePlaceholders("{a}", []), {
    name: "RangeError",
    message: "it uses {a}; expected no placeholders, or {{ and }} for literal braces",
  });
});

const runs = { numRuns: 100 };

/** Text as it occurs in templates: mostly what both syntaxes and HAProxy care about. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom(...templateSyntax, "\\", "~", "#", "!", "&", "\n", "\r\n", " ", "name"),
  }),
);
const escaped = (text: string) => text.replace(/[{}]/g, "$&$&");

Deno.test("property: escaped text renders to itself", () => {
  fc.assert(
    fc.property(anyText, (text) => assert.equal(compilePlaceholders(escaped(text), [])({}), text)),
    runs,
  );
});

Deno.test("property: values stand between the texts unchanged, even if they look like templates", () => {
  fc.assert(
    fc.property(anyText, anyText, anyText, (before, value, after) => {
      const template = compilePlaceholders(`${escaped(before)}{name}${escaped(after)}`, ["name"]);
      assert.equal(template({ name: value }), before + value + after);
    }),
    runs,
  );
});

Deno.test("property: any text is parsed, or refused with a RangeError", () => {
  fc.assert(
    fc.property(anyText, (source) => {
      try {
        for (const part of parsePlaceholders(source, ["name"])) {
          if ("path" in part) assert.equal(part.path[0], "name");
        }
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    runs,
  );
});
