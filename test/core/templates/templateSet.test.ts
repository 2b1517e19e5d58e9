import assert from "node:assert/strict";
import type { TemplateSource } from "../../../lib/core/templates/compile.ts";
import { findTemplateOverrides, TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const file: TemplateSource = {
  text: "file {backend}\n",
  syntax: "placeholders",
  origin: "/t/HAPROXY_BACKEND_HEAD",
};
const values = { backend: "web_1", balance: "first", mode: "tcp" };
const service = (templates: Record<string, string>) =>
  serviceOf({ templates: new Map(Object.entries(templates)) });

Deno.test("TemplateSet: label before the operator's, the operator's before the default", () => {
  const [defaults, own] = [new TemplateSet(), new TemplateSet(new Map([["BACKEND_HEAD", file]]))];
  assert.equal(defaults.render("BACKEND_HEAD", values), "\nbackend web_1\n  balance first\n  mode tcp\n");
  assert.equal(own.render("BACKEND_HEAD", values), "file web_1\n");
  assert.equal(own.render("BACKEND_HEAD", values, service({})), "file web_1\n");
  const labelled = service({ BACKEND_HEAD: "backend {backend} # label" });
  assert.equal(own.render("BACKEND_HEAD", values, labelled), "backend web_1 # label\n");
  assert.equal(own.render("FRONTEND_BACKEND_GLUE", values, labelled), "  use_backend web_1\n");
});

Deno.test("TemplateSet: an empty label takes the template away", () => {
  const labelled = service({ FRONTEND_BACKEND_GLUE: "" });
  assert.equal(new TemplateSet().render("FRONTEND_BACKEND_GLUE", values, labelled), "");
});

Deno.test("TemplateSet: an override that cannot be compiled is an error from the start, with its origin", () => {
  const bad = { ...file, text: "{name}" };
  assert.throws(() => new TemplateSet(new Map([["BACKEND_HEAD", bad]])), {
    name: "RangeError",
    message:
      /^\/t\/HAPROXY_BACKEND_HEAD cannot be used as a template: it uses \{name\}; expected one of \{backend\}/,
  });
});

Deno.test("TemplateSet: an override of HEAD that was written for the reference keeps its braces", () => {
  const text = "global\n  lua-load /marathon-lb/getpids.lua\n  http-request deny if { path /x } {{y}}\n";
  const set = new TemplateSet(new Map([["HEAD", { ...file, text }]]));
  assert.equal(set.render("HEAD", {}), text);
});

/** What an operator's template may not reach: what it comes to, or the beginning of the reason why it cannot be used. */
const outside: readonly [text: string, expected: string | RegExp][] = [
  ["{{constructor}}", /"constructor" not defined/],
  ["{{toString}}", /"toString" not defined/],
  ["{{__proto__}}", /"__proto__" not defined/],
  ["{{constructor.name}}", /"name" not defined/],
  ['{{lookup this "constructor"}}', "\n"],
  ['{{#with (lookup this "constructor")}}{{name}}{{/with}}', "\n"],
  ["{{@root.constructor}}", "\n"],
  ['{{{constructor.constructor "return process"}}}', /unknown helper constructor/],
  ['{{__defineGetter__ "x" 1}}', /unknown helper __defineGetter__/],
  ["{{> evil}}", /The partial evil could not be found/],
  ["{{#unknown}}x{{/unknown}}", /"unknown" not defined/],
  ["{{blockHelperMissing 1}}", /cannot be used as a template/],
  ["{{lookup}}", /"lookup" not defined/],
  ["{{#with}}x{{/with}}", /#with requires exactly one argument/],
  ["{{#each}}x{{/each}}", /Must pass iterator to #each/],
];

for (const [text, expected] of outside) {
  Deno.test(`TemplateSet: helpers and prototypes in an operator's template run nothing: ${text}`, () => {
    const render = () =>
      new TemplateSet(new Map([["HTTPS_FRONTEND_HEAD", { text, syntax: "handlebars", origin: "a test" }]]))
        .render("HTTPS_FRONTEND_HEAD", { httpsBind: "*:443", sslCerts: "crt x" });
    if (typeof expected === "string") assert.equal(render(), expected);
    else assert.throws(render, { name: "RangeError", message: expected });
  });
}

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
