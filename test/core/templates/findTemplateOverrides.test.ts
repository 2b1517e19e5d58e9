import assert from "node:assert/strict";
import { findTemplateOverrides } from "../../../lib/core/templates/findTemplateOverrides.ts";
import type { TemplateSource } from "../../../lib/core/templates/TemplateSource.ts";

const name = "HAPROXY_BACKEND_HEAD";
const placeholders = (text: string, origin: string): TemplateSource => ({
  text,
  syntax: "placeholders",
  origin,
});
const handlebars = (text: string, origin: string): TemplateSource => ({ text, syntax: "handlebars", origin });

const table: [
  what: string,
  environment: Record<string, string>,
  files: Record<string, string>,
  expected: TemplateSource | undefined,
][] = [
  ["nothing", {}, {}, undefined],
  ["a variable, with line breaks", { [name]: "a\\n  b\\n" }, {}, placeholders("a\n  b\n", `$${name}`)],
  [
    "a variable before files",
    { [name]: "a" },
    { [`/t/${name}`]: "b", [`/t/${name}.hbs`]: "c" },
    placeholders("a", `$${name}`),
  ],
  ["an empty variable is none", { [name]: "" }, { [`/t/${name}`]: "b" }, placeholders("b", `/t/${name}`)],
  [
    "a file, in which \\n is no line break",
    {},
    { [`/t/${name}`]: "b\\n" },
    placeholders("b\\n", `/t/${name}`),
  ],
  ["a Handlebars file", {}, { [`/t/${name}.hbs`]: "c" }, handlebars("c", `/t/${name}.hbs`)],
  [
    "Handlebars before the file beside it",
    {},
    { [`/t/${name}`]: "b", [`/t/${name}.hbs`]: "c" },
    handlebars("c", `/t/${name}.hbs`),
  ],
  [
    "Handlebars, listed before it",
    {},
    { [`/t/${name}.hbs`]: "c", [`/t/${name}`]: "b" },
    handlebars("c", `/t/${name}.hbs`),
  ],
  [
    "a later directory",
    {},
    { [`/t/${name}.hbs`]: "c", [`/u/${name}`]: "d" },
    placeholders("d", `/u/${name}`),
  ],
  [
    "another template's file",
    {},
    { [`/t/${name}.md`]: "x", "/t/BACKEND_HEAD": "x", "/t/HAPROXY_NO": "x" },
    undefined,
  ],
];
for (const [what, environment, files, expected] of table) {
  Deno.test(`findTemplateOverrides: ${what}`, () => {
    const overrides = findTemplateOverrides(environment, new Map(Object.entries(files)));
    assert.deepEqual(overrides, new Map(expected && [["BACKEND_HEAD", expected]]));
  });
}

Deno.test("findTemplateOverrides: every template, also HTTP_BACKEND_REDIR", () => {
  const overrides = findTemplateOverrides({ HAPROXY_HEAD: "a", HAPROXY_HTTP_BACKEND_REDIR: "b" }, new Map());
  assert.deepEqual([...overrides.keys()], ["HEAD", "HTTP_BACKEND_REDIR"]);
});
